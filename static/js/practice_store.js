// What the phone keeps of practice, sealed: sets taken along, how far one is, answers that wait. The key is not kept here; it lies in a
// cookie that the server takes away when a session begins or ends, so that nobody else's session can open any of this.

import { openDB } from "../vendor/idb-8.0.4/index.js";

const NAME = "practice";
const CACHE = "practice-files";
const COOKIE = /(?:^|;\s*)practice_key=([^.;]+)\.([A-Za-z0-9_-]+)/;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function bytes(text) {
  const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function database() {
  return openDB(NAME, 1, {
    upgrade(db) {
      for (const name of ["meta", "sets", "progress"]) db.createObjectStore(name);
      db.createObjectStore("queue", { autoIncrement: true });
    },
  });
}

// Lets go of what can be fetched again. Answers that wait stay, sealed, for their owner's return.
export async function forget() {
  const db = await database();
  await Promise.all(["sets", "progress"].map((name) => db.clear(name)));
  db.close();
  await caches.delete(CACHE);
}

export class Store {
  // The store of whoever the cookie is of; null where there is no cookie. Another owner's things are cleared away first.
  static async open() {
    const [, owner, secret] = COOKIE.exec(document.cookie) ?? [];
    if (!owner) return null;
    const key = await crypto.subtle.importKey("raw", bytes(secret), "AES-GCM", false, ["encrypt", "decrypt"]);
    const store = new Store(await database(), key);
    const known = await store.db.get("meta", "owner");
    if (known && known !== owner) {
      await forget();
      await store.db.clear("queue");
    }
    await store.db.put("meta", owner, "owner");
    return store;
  }

  constructor(db, key) {
    Object.assign(this, { db, key });
  }

  async seal(value) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.key, encoder.encode(JSON.stringify(value))) };
  }

  async unseal(sealed) {
    if (!sealed) return null;
    try {
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.iv }, this.key, sealed.data);
      return JSON.parse(decoder.decode(plain));
    } catch {
      return null; // sealed with a key of before
    }
  }

  async sets() {
    const found = await Promise.all((await this.db.getAll("sets")).map((one) => this.unseal(one)));
    return found.filter(Boolean);
  }

  async set(key) {
    return this.unseal(await this.db.get("sets", key));
  }

  async progress(key) {
    return (await this.unseal(await this.db.get("progress", key))) ?? {};
  }

  async keep(set) {
    await this.db.put("sets", await this.seal(set), set.key);
  }

  async drop(key) {
    await Promise.all([this.db.delete("sets", key), this.db.delete("progress", key)]);
  }

  async restart(key) {
    await this.db.delete("progress", key);
  }

  // An answer and the progress it makes, stored together or not at all.
  async answered(key, progress, answer) {
    const [place, operation] = await Promise.all([this.seal(progress), this.seal(answer)]);
    const step = this.db.transaction(["progress", "queue"], "readwrite", { durability: "strict" });
    await Promise.all([step.objectStore("progress").put(place, key), step.objectStore("queue").add(operation), step.done]);
  }

  waiting() {
    return this.db.count("queue");
  }

  // The answers that have waited longest, as [number, answer], in their order.
  async first(most) {
    const found = [];
    const step = this.db.transaction("queue");
    for (let at = await step.store.openCursor(); at && found.length < most; at = await at.continue()) found.push([at.key, at.value]);
    await step.done;
    return Promise.all(found.map(async ([number, sealed]) => [number, await this.unseal(sealed)]));
  }

  async arrived(numbers) {
    const step = this.db.transaction("queue", "readwrite");
    await Promise.all([...numbers.map((number) => step.store.delete(number)), step.done]);
  }
}

// The page, its files and the pictures of a set, for the worker to serve.
export async function keepFiles(files, items) {
  const pictures = items.flatMap((item) => [...JSON.stringify(item).matchAll(/\/item-pictures\/[0-9a-z]{26}/g)].map(([path]) => path));
  const cache = await caches.open(CACHE);
  await cache.addAll(files);
  await Promise.allSettled([...new Set(pictures)].map((path) => cache.add(path)));
}
