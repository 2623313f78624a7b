import { Metadata, type ServiceError, status } from "@grpc/grpc-js"
import type { Refusal } from "./Refusal.ts"

const failure = (
  code: status,
  details: string,
  trailers: Readonly<Record<string, string>> = {},
): ServiceError => {
  const metadata = new Metadata()
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value)
  return Object.assign(new Error(details), { code, details, metadata })
}

/** A refusal as the status and the trailers of a call. */
export const refusalStatus = (refusal: Refusal): ServiceError => {
  switch (refusal.kind) {
    case "not-leader":
      return failure(status.NOT_FOUND, "Leader info available", {
        exception: "not-leader",
        "leader-endpoint-host": refusal.leader.host,
        "leader-endpoint-port": String(refusal.leader.port),
      })
    case "no-leader":
      return failure(status.UNKNOWN, "No leader info available in response")
    case "not-ready":
      return failure(status.UNAVAILABLE, "Server Is Not Ready")
    case "too-busy":
      return failure(status.UNAVAILABLE, "Server Is Too Busy")
    case "timeout":
      return failure(status.ABORTED, `Operation timed out: ${refusal.of}`)
    case "unavailable":
      return failure(status.UNAVAILABLE, "The server is shutting down.")
    case "cancelled":
      return failure(status.CANCELLED, "Operation was cancelled by the server")
    case "internal":
      return failure(status.INTERNAL, "Something went wrong")
    case "access-denied":
      return failure(status.PERMISSION_DENIED, "Access Denied", { exception: "access-denied" })
    case "unauthenticated":
      return failure(status.UNAUTHENTICATED, "Unauthenticated")
    case "stream-deleted":
      return failure(status.FAILED_PRECONDITION, `Event stream '${refusal.stream}' is deleted.`, {
        exception: "stream-deleted",
        "stream-name": encodeURIComponent(refusal.stream),
      })
    case "append-too-large":
      return failure(status.INVALID_ARGUMENT, `Maximum Append Size of ${refusal.limit} Exceeded.`, {
        exception: "maximum-append-size-exceeded",
        "maximum-append-size": String(refusal.limit),
      })
    case "event-too-large":
      return failure(status.INVALID_ARGUMENT, `Maximum event size of ${refusal.limit} exceeded.`, {
        exception: "maximum-append-event-size-exceeded",
      })
    case "group-exists":
      return failure(status.ALREADY_EXISTS, `Group ${refusal.group} exists`, {
        exception: "persistent-subscription-exists",
        "stream-name": refusal.stream,
        "group-name": refusal.group,
      })
    case "no-group":
      return failure(status.NOT_FOUND, `Group ${refusal.group} does not exist`, {
        exception: "persistent-subscription-does-not-exist",
        "stream-name": refusal.stream,
        "group-name": refusal.group,
      })
    case "bad-request":
      return failure(status.INVALID_ARGUMENT, refusal.text)
    case "wrong-version":
      return failure(status.FAILED_PRECONDITION, "Append failed due to WrongExpectedVersion.", {
        exception: "wrong-expected-version",
        "stream-name": encodeURIComponent(refusal.stream),
        "expected-version": String(refusal.expected),
        "actual-version": String(refusal.actual),
      })
  }
}
