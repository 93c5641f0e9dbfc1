// Brings answers to the server in their order. Each carries a name of its own, so that one sent twice counts once; it is let go of only
// when the server has named it back.

const BATCH = 25;

// `state`: {csrf}. `told(refused)` is called after each batch. Whether everything has arrived.
export async function bring(store, address, state, told) {
  const work = async (lock) => (lock ? bringAll(store, address, state, told) : false);
  return navigator.locks ? navigator.locks.request("practice-sync", { ifAvailable: true }, work) : work(true);
}

async function bringAll(store, address, state, told) {
  for (;;) {
    const found = await store.first(BATCH);
    if (!found.length) return true;
    const lost = found.filter(([, answer]) => !answer).map(([number]) => number);
    if (lost.length) await store.arrived(lost);
    const readable = found.filter(([, answer]) => answer);
    if (!readable.length) continue;
    const place = readable[0][1].place;
    const end = readable.findIndex(([, answer]) => answer.place !== place);
    const batch = end < 0 ? readable : readable.slice(0, end);
    const done = await send(address, place, batch.map(([, answer]) => answer), state.csrf);
    if (!done) return false;
    const named = new Set(done.map(({ operation_id }) => operation_id));
    const numbers = batch.filter(([, { operation_id }]) => named.has(operation_id)).map(([number]) => number);
    if (!numbers.length) return false;
    await store.arrived(numbers);
    told(done.filter(({ refused }) => refused).length);
  }
}

async function send(address, place, answers, csrf) {
  const operations = answers.map(({ place: _place, ...operation }) => operation);
  try {
    const reply = await fetch(`${address}?enrolment=${encodeURIComponent(place)}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
      body: JSON.stringify({ operations }),
    });
    return reply.ok ? (await reply.json()).done : null;
  } catch {
    return null;
  }
}
