// Sharing a certificate's public page: the phone's own sheet where it has one, else the clipboard; without script the link itself opens.
const link = document.querySelector("[data-share]");
const said = document.getElementById("share-said");

link.addEventListener("click", async (event) => {
  if (!navigator.share && !navigator.clipboard) return;
  event.preventDefault();
  try {
    if (navigator.share) {
      await navigator.share({ title: link.dataset.share, url: link.href });
    } else {
      await navigator.clipboard.writeText(link.href);
      said.textContent = said.dataset.copied;
      said.className = "notice notice-ok";
    }
  } catch (fault) {
    if (fault.name !== "AbortError") window.location.assign(link.href);
  }
});
