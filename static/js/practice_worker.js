// Serves the page of offline practice, its files and its pictures when there is no network. It is registered for that one address, so
// that the browser never asks it about any other page; what it may serve was put into the cache by the page itself.

const PAGE = "/practice/offline";
const FILES = ["/static/", "/item-pictures/"];
const ANY = { ignoreVary: true };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === PAGE) event.respondWith(fresh(request));
  } else if (FILES.some((folder) => pathname.startsWith(folder))) event.respondWith(kept(request));
});

async function fresh(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(PAGE, ANY)) ?? Response.error();
  }
}

// An address with a version in it never changes; any other file may, so the network is asked first.
async function kept(request) {
  const { pathname, search } = new URL(request.url);
  if (search || pathname.includes("/vendor/") || pathname.startsWith("/item-pictures/")) {
    return (await caches.match(request, ANY)) ?? fetch(request);
  }
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request, ANY)) ?? Response.error();
  }
}
