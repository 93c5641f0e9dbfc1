// The lesson editor's script: a file goes up with its progress in sight, and lands in the form without losing what was typed.
// Without it the same forms are sent whole; see templates/catalogue/_upload_form.html.

const upload = document.querySelector("[data-upload]");
const draft = document.querySelector("#draft-form");

/** What to say at each step comes translated with the form. */
function say(words) {
  upload.querySelector("[data-upload-status]").textContent = words;
  upload.querySelector("[data-upload-fault]").hidden = true;
}

function refuse(words) {
  say("");
  const notice = upload.querySelector("[data-upload-fault]");
  notice.querySelector(".notice-text").textContent = words;
  notice.hidden = false;
}

function send(event) {
  event.preventDefault();
  const bar = upload.querySelector("progress");
  const button = upload.querySelector("button");
  const request = new XMLHttpRequest();
  bar.hidden = false;
  button.disabled = true;
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.value = Math.floor((100 * loaded) / total);
    say(upload.dataset.limit.replace("{}", bar.value));
  });
  request.upload.addEventListener("load", () => {
    bar.removeAttribute("value");
    say(upload.dataset.checking);
  });
  request.addEventListener("loadend", () => {
    bar.hidden = true;
    button.disabled = false;
    finish(request);
  });
  request.open("POST", upload.action);
  request.setRequestHeader("Accept", "application/json");
  request.send(new FormData(upload));
}

function finish(request) {
  let answer = null;
  try {
    answer = JSON.parse(request.responseText);
  } catch {
    refuse(upload.dataset.lost);
    return;
  }
  if (request.status !== 200) {
    refuse(answer.error.message);
    return;
  }
  say(upload.dataset.done.replace("{}", answer.name));
  upload.querySelector("[type=file]").value = "";
  if (draft) place(answer);
  else location.assign(`${location.pathname}?kind=${answer.kind}`);
}

/** Put the new file where it fits: a picture at the cursor of the text, anything else into the media fields. */
async function place(file) {
  const fields = draft.querySelector("#media-fields");
  const text = draft.querySelector("[name=body]");
  if (file.kind === "image" && !fields) {
    text.setRangeText(`\n![${file.name}](/media/${file.id}/file)\n`, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input", { bubbles: true }));
    return;
  }
  if (!fields) return;
  const typed = new FormData(draft);
  typed.set("added", file.id);
  const answer = await fetch(`${draft.getAttribute("action")}/media-fields`, { method: "POST", body: new URLSearchParams(typed) });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  fields.replaceWith(page.querySelector("#media-fields"));
  draft.dispatchEvent(new Event("input", { bubbles: true }));
}

/** The acts beside the text are on the revision that was last kept. */
function follow() {
  const kept = document.querySelector("#draft-state [name=revision]");
  for (const field of document.querySelectorAll("[data-revision]")) field.value = kept.value;
}

if (upload) upload.addEventListener("submit", send);
if (draft) new MutationObserver(follow).observe(document.querySelector("#draft-state").parentElement, { childList: true, subtree: true });
