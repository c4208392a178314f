// Runs steps in Node: each line of standard input is one, and its result is a line of standard output.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const [steps, url, readers] = process.argv.slice(2);
const { Steps } = await import(steps);
const { WebSocket } = globalThis.WebSocket ? globalThis : createRequire(readers + "/")("ws");
const all = new Steps(url, WebSocket);
for await (const line of createInterface({ input: process.stdin })) {
  const { name, args } = JSON.parse(line);
  const answer = await all[name](...args).then((result) => ({ result: result ?? null }), (error) => ({ error: String(error.stack ?? error) }));
  console.log(JSON.stringify(answer));
}
process.exit(0);
