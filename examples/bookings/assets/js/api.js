// The server, over HTTP and over a WebSocket.

/** Runs an action, and returns its result; throws an Error with the status. */
export async function call(method, path, body) {
  const response = await fetch(`/api${path}`, {
    method,
    headers: body && { "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const result = response.status === 204 ? null : await response.json();
  if (response.ok) return result;
  throw Object.assign(new Error(result.error.message), { status: response.status });
}

/** Calls heard for each message of a channel, until the returned function is called. */
export function listen(channel, heard) {
  let socket;
  let timer;
  const open = () => {
    socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/`);
    socket.onopen = () => socket.send(JSON.stringify({ messageType: "subscribe", channel, messageId: 1 }));
    socket.onmessage = (event) => {
      if (JSON.parse(event.data).message?.message?.event) heard();
    };
    socket.onclose = () => { timer = setTimeout(open, 2000); };
  };
  open();
  return () => {
    clearTimeout(timer);
    socket.onclose = socket.onmessage = null;
    // A socket that is not open yet is closed when it is: before, browsers take it for a failure.
    if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket.close();
  };
}
