// A name for one thing that the device asks for, so that the server counts it once however often it is sent: at most 40 letters,
// digits and dashes. Browsers without randomUUID get as much chance in hexadecimal.

export const operationId = () => crypto.randomUUID?.() ?? hexadecimal(crypto.getRandomValues(new Uint8Array(16)));

const hexadecimal = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
