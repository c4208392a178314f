import { Client, KeryxError, type ServerEvent, type Subscription, type WebSocketClass } from "./chat.js";

/** What the tests do with the client of the chat, in a browser and in Node. */
export class Steps {
  readonly log: string[] = [];
  #client: Client;
  #subscription: Subscription | undefined;

  constructor(url: string, webSocket?: WebSocketClass) {
    this.#client = new Client({ url, ...(webSocket && { WebSocket: webSocket }), onConnection: (state) => this.log.push(state) });
  }

  async signUp(name: string): Promise<string> {
    const { user } = await this.#client.act("user:create", { name, email: `${name}@example.com`, password: "long enough" });
    await this.#client.act("session:create", { email: user.email, password: "long enough" });
    this.#client.reconnect();
    return user.name;
  }

  async refused(): Promise<string> {
    const errors: string[] = [];
    const subscription = this.#client.subscribe("messages", { onError: (error) => errors.push(error.type) });
    await subscription.ready.catch((error: KeryxError) => errors.push(error.message));
    return errors.join();
  }

  async say(body: string, transport: "http" | "websocket"): Promise<string> {
    const { token } = await this.#client.act("csrf:token");
    const { message } = await this.#client.act("message:create", { body, csrfToken: token }, { transport });
    return message.body;
  }

  async listed(transport: "http" | "websocket"): Promise<string[]> {
    const { messages } = await this.#client.act("messages:list", { limit: 5 }, { transport });
    return (messages ?? []).map((m) => m.body);
  }

  async enter(): Promise<number> {
    this.#subscription = this.#client.subscribe("messages", {
      onMessage: ({ message }, { sender }) => this.log.push(`${sender === `user:${message.user_id}` ? "said" : "?"} ${message.body}`),
      onGap: () => this.log.push("gap"),
      onRecovered: () => this.log.push("recovered"),
      onError: (error) => this.log.push(`ended: ${error.type}`),
      members: async () => (await this.#client.act("channel:members", { channel: "messages" })).members ?? [],
      onMembers: (members) => this.log.push(`members ${members.size}`),
    });
    await this.#subscription.ready;
    return this.#subscription.position === undefined ? 0 : 1;
  }

  async leave(): Promise<void> {
    await this.#subscription?.unsubscribe();
  }

  async count(transport: "http" | "websocket", stopAt: number): Promise<string> {
    const seen: string[] = [];
    for await (const event of await this.#client.act("streaming:counter", { count: 3 }, { transport })) {
      seen.push(this.#numberOf(event));
      if (seen.length === stopAt) break;
    }
    return seen.join();
  }

  #numberOf(event: ServerEvent): string {
    return event.event + event.json<{ index: number }>().index;
  }

  async upload(): Promise<string> {
    const file = new File(["some text"], "ä.txt", { type: "text/plain" });
    const { params } = await this.#client.act("fileUpload", { file, stringParam: "x" });
    return `${params.file.name} ${params.file.size} ${params.stringParam}`;
  }

  /** Begins a call, and says in the log how it ends. */
  async begin(action: "status" | "message:create"): Promise<void> {
    const call = action === "status"
      ? this.#client.act("status", {}, { transport: "websocket" })
      : this.#client.act("message:create", { body: "lost?" }, { transport: "websocket" });
    call.then(() => this.log.push(`${action} done`), (error: KeryxError) => this.log.push(`${action} ${error.type}`));
  }

  async close(): Promise<string> {
    this.#client.close();
    return this.#client.act("status", {}, { transport: "websocket" }).then(() => "answered", (error: KeryxError) => error.type);
  }

  async lines(): Promise<string[]> {
    return this.log;
  }
}
