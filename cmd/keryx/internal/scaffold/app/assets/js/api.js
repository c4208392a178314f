// The actions of the server, over HTTP and over a WebSocket.

/** Runs an action and returns its result, or throws an Error with the status. */
export async function call(method, path, input) {
  const response = await fetch(`/api${path}`, {
    method,
    headers: input && { "Content-Type": "application/json" },
    body: input && JSON.stringify(input),
  });
  const result = response.status === 204 ? null : await response.json();
  if (response.ok) return result;
  throw Object.assign(new Error(result.error.message), { status: response.status });
}

/**
 * Subscribes to a channel, and again whenever the connection was lost. It calls ready after
 * each subscription, because messages may have been missed, and heard for each message. The
 * function that it returns ends it.
 */
export function subscribe(channel, { ready, heard }) {
  let socket, timer;
  const open = () => {
    socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/");
    socket.onopen = () => socket.send(JSON.stringify({ messageType: "subscribe", channel, messageId: 1 }));
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.subscribed) ready();
      else if (frame.message && frame.message.sender !== "presence") heard(frame.message.message); // not: who came and left
    };
    socket.onclose = () => { timer = setTimeout(open, 1000 + Math.random() * 2000); };
  };
  open();
  return () => {
    clearTimeout(timer);
    socket.onmessage = socket.onclose = null;
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket.close();
  };
}
