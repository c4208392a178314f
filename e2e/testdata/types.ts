// What TypeScript accepts of the clients, and what it does not.
import { Client, KeryxError } from "./shop.js";

export async function use(client: Client): Promise<number> {
  const list = await client.act("item:list");
  const first = list.items?.[0];
  // @ts-expect-error: there may be no first item
  first.id;
  // @ts-expect-error: there is no such action
  await client.act("item:lost");
  // @ts-expect-error: the name is missing
  await client.act("item:create", { tenant: "x" });
  // @ts-expect-error: params are required
  await client.act("a-b:c.d");
  // @ts-expect-error: it has no such parameter
  await client.act("item:list", { pages: 1 });
  // @ts-expect-error: it is one of the values
  await client.act("item:list", { sort: "color" });
  // @ts-expect-error: it is a file
  await client.act("item:upload", { title: "", cover: "text" });
  // @ts-expect-error: an action without parameters
  await client.act("anything", { x: 1 });
  client.subscribe("room:{roomId}", { roomId: 3 }, { onMessage: ({ text }) => text.length });
  client.subscribe("news", { onMessage: ({ text }) => text.length });
  // @ts-expect-error: the room is missing
  client.subscribe("room:{roomId}", { onMessage: () => {} });
  // @ts-expect-error: there is no such channel
  client.subscribe("room:3", {});
  for await (const event of await client.act("events", { count: 1 })) event.json<{ index: number }>().index;
  try {
    await client.act("item:delete", { id: 1 });
  } catch (error) {
    if (error instanceof KeryxError && error.type === "CONNECTION_SESSION_NOT_FOUND") return error.retryAfter ?? 0;
    throw error;
  }
  return first?.id ?? 0;
}
