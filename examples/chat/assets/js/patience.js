// Requests that a busy server refuses: they wait, and are tried again.

import { visiting } from "./api.js";
import { showBusy } from "./connection.js";

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000; // of a server that does not say how long
const SPREAD = 500; // so that pages that were refused together do not come back together

const waits = new Set(); // when each request that waits is tried again

/** Runs what asks the server until it is not busy. The wait is shown, and ends with the visit. */
export async function patiently(ask) {
  const visit = visiting();
  for (let failures = 0; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      if (!error.busy) throw error;
      const pause = error.retryAfter ?? Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** failures);
      await wait(Math.max(FIRST_PAUSE, pause) + Math.random() * SPREAD, visit);
    }
  }
}

function wait(pause, visit) {
  const mark = { until: Date.now() + pause };
  waits.add(mark);
  show();
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      visit.removeEventListener("abort", end);
      waits.delete(mark);
      show();
      if (visit.aborted) reject(visit.reason);
      else resolve();
    };
    const timer = setTimeout(end, Math.min(pause, 2 ** 31 - 1)); // more than a timer can do
    visit.addEventListener("abort", end);
    if (visit.aborted) end();
  });
}

function show() { showBusy(waits.size ? Math.min(...[...waits].map(({ until }) => until)) : null); }
