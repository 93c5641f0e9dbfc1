// Conveniences of the lesson page: the outline as a sheet, larger text without leaving the page, a strip that sticks under a tall bar.

const sheet = document.getElementById("outline-sheet");
const prose = document.querySelector(".prose");
const size = document.querySelector(".app-bar-action");
const STORED = "text-size";

document.querySelector("[data-outline]").addEventListener("click", (event) => {
  event.preventDefault();
  const outline = document.getElementById("outline").cloneNode(true);
  outline.removeAttribute("id");
  sheet.replaceChildren(outline);
  sheet.showModal();
});
sheet.addEventListener("click", (event) => {
  if (event.target === sheet || event.target.closest("a")) sheet.close();
});

function enlarge(large) {
  prose.classList.toggle("prose-large", large);
  localStorage.setItem(STORED, large ? "large" : "usual");
}

size.addEventListener("click", (event) => {
  event.preventDefault();
  enlarge(!prose.classList.contains("prose-large"));
});
const bar = document.querySelector(".app-bar");
new ResizeObserver(() => {
  document.getElementById("lesson-credit").style.top = `${bar.offsetHeight}px`;
}).observe(bar);

if (localStorage.getItem(STORED) === "large") enlarge(true);

// Another quality of the film, at the same place; the choice is kept for the next lesson.
const quality = document.querySelector("[data-quality]");
const QUALITY = "video-quality";

function play(option) {
  const film = document.querySelector("video[data-recording]");
  const [place, paused] = [film.currentTime, film.paused];
  const sources = JSON.parse(option.dataset.sources).map(({ url, type }) => Object.assign(document.createElement("source"), { src: url, type }));
  for (const old of film.querySelectorAll("source")) old.remove();
  film.prepend(...sources);
  film.load();
  film.addEventListener("loadedmetadata", () => {
    if (place > 0) film.currentTime = place; // else where the lesson was left, which may have been set meanwhile
    if (!paused) film.play().catch(() => {});
  }, { once: true });
}

quality?.addEventListener("change", () => {
  localStorage.setItem(QUALITY, quality.value);
  play(quality.selectedOptions[0]);
});
const wanted = [...(quality?.options ?? [])].find((option) => option.value === localStorage.getItem(QUALITY));
if (wanted && wanted.index > 0) {
  wanted.selected = true;
  play(wanted);
}
