// Serves the page of offline practice, its files and its pictures when there is no network, and leads there from the first page of
// practice, where a learner begins. It answers for no other page; what it may serve was put into the cache by the offline page itself.

const PAGE = "/practice/offline";
const START = "/practice";
const FILES = ["/static/", "/item-pictures/"];
const ANY = { ignoreVary: true };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (pathname === PAGE || pathname === START) event.respondWith(fresh(request, pathname));
  } else if (FILES.some((folder) => pathname.startsWith(folder))) event.respondWith(file(event));
});

// The key of what is kept lies in a cookie of the offline page's own address, so the first page leads there and does not show it itself.
async function fresh(request, pathname) {
  try {
    return await fetch(request);
  } catch {
    const page = await caches.match(PAGE, ANY);
    if (!page) return Response.error();
    return pathname === PAGE ? page : Response.redirect(PAGE);
  }
}

// Other pages of practice take their files from the network, as if no worker were there.
async function file({ request, clientId }) {
  const client = clientId && (await self.clients.get(clientId));
  return client && new URL(client.url).pathname !== PAGE ? fetch(request) : kept(request);
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
