import type streams from "@eventstore/db-client/generated/streams_pb.js"
import type { ServerWritableStream } from "@grpc/grpc-js"
import type { Refusal } from "./Refusal.ts"
import { refusalStatus } from "./refusalStatus.ts"
import type { Traffic } from "./Traffic.ts"

type GrpcCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>

/** The server's side of a read or a subscription. */
export class ReadCall {
  readonly #call: GrpcCall
  readonly #traffic: Traffic
  readonly #over: () => void
  /** Fulfilled when nothing can be sent any more. */
  readonly over: Promise<void>
  #end = (): void => {}
  /** Whether nothing can be sent any more. */
  ended = false
  /** Whether it waits for the client to take what was sent. */
  blocked = false
  /** Whether it is to say nothing more, though it stays open. */
  silent = false

  constructor(call: GrpcCall, kind: "read" | "subscription", traffic: Traffic) {
    this.#call = call
    this.#traffic = traffic
    this.#over = traffic.begin(kind)
    this.over = new Promise((resolve) => {
      this.#end = resolve
    })
    call.on("cancelled", () => this.#finish())
    call.on("error", () => this.#finish())
    call.on("close", () => this.#finish())
  }

  /** Sends, and waits while the client does not take it. */
  async send(response: streams.ReadResp): Promise<void> {
    if (this.ended || this.silent) return
    if (response.hasEvent()) this.#traffic.eventsSent++
    if (this.#call.write(response)) return
    this.blocked = true
    const drained = new Promise<void>((resolve) => {
      this.#call.once("drain", resolve)
    })
    await Promise.race([drained, this.over])
    this.blocked = false
  }

  /** Ends with the status OK. */
  end(): void {
    if (!this.ended) this.#call.end()
    this.#finish()
  }

  refuse(refusal: Refusal): void {
    if (!this.ended) this.#call.emit("error", refusalStatus(refusal))
    this.#finish()
  }

  #finish(): void {
    this.ended = true
    this.#over()
    this.#end()
  }
}
