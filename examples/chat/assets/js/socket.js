// A WebSocket that comes back: when it is lost it is opened again, after a pause
// that grows, and what was subscribed to is subscribed to anew, after the last message
// that was received. The server then sends what was missed.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const SUBSCRIBE = "subscribe"; // the id of the one message that is sent
const STEADY = 5_000; // a socket that lived as long was a good one

/**
 * Events: "state", whose detail is {state: "connecting" | "live" | "waiting", retryAt,
 * recovered}: recovered is true when the messages since the last time are all there;
 * "broadcast", whose detail is {channel, message, sender}; "refused", whose detail
 * is the server's error about the channel. Unless it is closed then, it tries again.
 */
export class Socket extends EventTarget {
  #url = location.origin.replace(/^http/, "ws") + "/";
  #channel;
  #socket;
  #timer;
  #failures = 0;
  #position; // of the last message in the channel's history, once there was one

  constructor(channel) {
    super();
    this.#channel = channel;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
  }

  /** Connects, and stays connected until close. */
  open() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#say({ state: "connecting" });
    const socket = this.#socket = new WebSocket(this.#url);
    let openedAt = Infinity;
    socket.onopen = () => {
      openedAt = Date.now();
      socket.send(JSON.stringify({ messageType: "subscribe", channel: this.#channel, after: this.#position, messageId: SUBSCRIBE }));
    };
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(JSON.parse(event.data)); // one that is closing may still have some
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return; // closed by us
      if (Date.now() - openedAt > STEADY) this.#failures = 0;
      this.#retry();
    };
  }

  /** Disconnects. */
  close() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#failures = 0;
    this.#position = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  #receive(frame) {
    this.#position = frame.message?.position ?? frame.subscribed?.position ?? this.#position;
    if (frame.message) {
      this.#emit("broadcast", frame.message);
    } else if (frame.subscribed) {
      this.#say({ state: "live", recovered: frame.subscribed.recovered === true });
    } else if (frame.error && (frame.messageId === SUBSCRIBE || frame.unsubscribed)) { // refused, or taken out
      this.#position = undefined;
      this.#emit("refused", frame.error);
      this.#socket?.close();
    }
  }

  #retry() {
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++) * (0.75 + Math.random() / 2);
    this.#timer = setTimeout(() => this.open(), pause);
    this.#say({ state: "waiting", retryAt: Date.now() + pause });
  }

  /** Tries at once when something says that it may work now. */
  #hurry() {
    if (this.#timer !== undefined) this.open();
  }

  #say(detail) { this.#emit("state", detail); }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
