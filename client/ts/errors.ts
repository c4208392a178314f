/** The types of errors that the server and this client have. An app may have others. */
export type ErrorType =
  | "CONNECTION_SESSION_NOT_FOUND" | "CONNECTION_CHANNEL_AUTHORIZATION" | "CONNECTION_CHANNEL_VALIDATION"
  | "CONNECTION_ACTION_NOT_FOUND" | "CONNECTION_ACTION_TIMEOUT" | "CONNECTION_ACTION_RUN" | "CONNECTION_RATE_LIMITED"
  | "CONNECTION_ACTION_PARAM_REQUIRED" | "CONNECTION_ACTION_PARAM_DEFAULT" | "CONNECTION_ACTION_PARAM_VALIDATION"
  | "CONNECTION_ACTION_PARAM_FORMATTING" | "CONNECTION_TYPE_NOT_FOUND" | "CONNECTION_NOT_SUBSCRIBED"
  | "CONNECTION_TASK_DEFINITION" | "CONNECTION_SERVER_ERROR" | "CONNECTION_BAD_REQUEST" | "CONNECTION_FORBIDDEN"
  | "CONNECTION_NOT_FOUND" | "CONNECTION_CONFLICT" | "SERVER_INITIALIZATION" | "SERVER_START" | "SERVER_STOP"
  | "CONFIG_ERROR" | "INITIALIZER_VALIDATION" | "ACTION_VALIDATION" | "TASK_VALIDATION" | "SERVER_VALIDATION"
  | ClientErrorType
  | (string & {});

/**
 * The types of the client's own errors. A call that failed with CLIENT_CONNECTION_LOST or
 * CLIENT_TIMEOUT may have run.
 */
export type ClientErrorType =
  | "CLIENT_CONNECTION_LOST" // the server cannot be reached, or the connection broke
  | "CLIENT_TIMEOUT" // there was no answer in time
  | "CLIENT_CLOSED" // close was called
  | "CLIENT_BAD_RESPONSE" // the answer is not one of the app: that of a proxy, perhaps
  | "CLIENT_BAD_CALL"; // the call cannot be sent

/** What is wrong with one parameter. */
export interface FieldError {
  message: string;
  key?: string;
  value?: unknown;
}

/** What every failed call throws, except an aborted one, which throws the reason of its signal. */
export class KeryxError extends Error {
  override readonly name = "KeryxError";
  readonly type: ErrorType;
  /** The parameter that is to blame, and its value. */
  readonly key: string | undefined;
  readonly value: unknown;
  /** Every parameter that is wrong. */
  readonly fields: readonly FieldError[];
  /** What the app says beyond the message. */
  readonly details: unknown;
  /** The HTTP status. Over a WebSocket, and for the client's own errors, there is none. */
  readonly status: number | undefined;
  /** After how many seconds to try again, if the server says so. */
  readonly retryAfter: number | undefined;

  constructor(type: ErrorType, message: string, more: { key?: string; value?: unknown; errors?: FieldError[]; details?: unknown; status?: number; retryAfter?: number | undefined; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.type = type;
    this.key = more.key;
    this.value = more.value;
    this.fields = more.errors ?? [];
    this.details = more.details;
    this.status = more.status;
    this.retryAfter = more.retryAfter;
  }
}

/** Returns the error of a message or a body, or undefined where there is none. */
function errorOf(body: unknown, status?: number, retryAfter?: number): KeryxError | undefined {
  const error = (body as { error?: unknown } | null | undefined)?.error;
  if (typeof error !== "object" || error === null) return undefined;
  const { type, message, ...more } = error as { type?: unknown; message?: unknown };
  if (typeof type !== "string" || typeof message !== "string") return undefined;
  return new KeryxError(type, message, { ...more, ...(status !== undefined && { status }), ...(retryAfter !== undefined && { retryAfter }) });
}

/** Returns the error that a failure of fetch stands for. */
function lostBy(cause: unknown): KeryxError {
  return new KeryxError("CLIENT_CONNECTION_LOST", "The server cannot be reached, or the connection broke", { cause });
}
