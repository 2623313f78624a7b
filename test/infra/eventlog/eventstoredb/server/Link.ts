import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import type { Endpoint } from "./Refusal.ts"

interface Connection {
  readonly outer: Socket
  readonly inner: Socket
}

/**
 * The wire in front of a node: whatever a client does goes through here, so that the wire can be
 * cut, or fall silent while it looks open.
 */
export class Link {
  readonly #target: number
  readonly #connections = new Set<Connection>()
  #server: Server | undefined
  #port = 0
  #frozen = false

  /** @param target The port that the node itself listens on. */
  constructor(target: number) {
    this.#target = target
  }

  /** Where clients connect; the same before and after a {@link close}. */
  get endpoint(): Endpoint {
    return { host: "127.0.0.1", port: this.#port }
  }

  get connections(): number {
    return this.#connections.size
  }

  async open(): Promise<void> {
    if (this.#server !== undefined) return
    const server = createServer({ pauseOnConnect: false }, (outer) => this.#connect(outer))
    this.#server = server
    server.listen(this.#port, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    if (address !== null && typeof address === "object") this.#port = address.port
  }

  /** Nobody gets through, and nobody is left connected: the node looks dead. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = once(server, "close")
    server.close()
    this.cut()
    await closed
  }

  /** Breaks the connections that there are; new ones are taken. */
  cut(): void {
    for (const connection of this.#connections) this.#break(connection)
  }

  /** Breaks the connection that a call came over; `peer` is the address that the node sees. */
  cutCall(peer: string): void {
    for (const connection of this.#connections) {
      if (peer.endsWith(`:${connection.inner.localPort}`)) this.#break(connection)
    }
  }

  /** From now on nothing passes in either direction, though everything stays open. */
  freeze(): void {
    this.#frozen = true
    for (const { inner, outer } of this.#connections) {
      outer.unpipe(inner).pause()
      inner.unpipe(outer).pause()
    }
  }

  thaw(): void {
    if (!this.#frozen) return
    this.#frozen = false
    for (const connection of this.#connections) join(connection)
  }

  #connect(outer: Socket): void {
    outer.setNoDelay()
    const inner = connect(this.#target, "127.0.0.1").setNoDelay()
    const connection = { outer, inner }
    this.#connections.add(connection)
    for (const socket of [outer, inner]) {
      socket.on("error", () => this.#break(connection))
      socket.on("close", () => this.#break(connection))
    }
    if (!this.#frozen) join(connection)
  }

  #break(connection: Connection): void {
    this.#connections.delete(connection)
    connection.outer.destroy()
    connection.inner.destroy()
  }
}

const join = ({ inner, outer }: Connection): void => {
  outer.pipe(inner)
  inner.pipe(outer)
}
