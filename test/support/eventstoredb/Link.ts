import { randomInt } from "node:crypto"
import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { Transform } from "node:stream"
import type { Endpoint } from "./Refusal.ts"

interface Connection {
  readonly outer: Socket
  /** Once it is known who is meant. */
  inner?: Socket
  readonly to: Transform
  readonly back: Transform
}

// The system gives no port below 32768 to an outgoing connection, so none takes the port of a closed link.
const fixedPorts = [10_000, 32_768] as const

/**
 * The wire in front of a node: whatever a client does goes through here, so that the wire can be
 * cut, be slow, or fall silent while it looks open.
 */
export class Link {
  readonly #target: number
  readonly #httpTarget: number
  readonly #connections = new Set<Connection>()
  #server: Server | undefined
  #port = 0
  #frozen = false
  /** Milliseconds that everything takes on its way, in each direction. */
  delay = 0

  /**
   * @param target The port that the node itself listens on for gRPC.
   * @param httpTarget The port where it listens for HTTP/1.1: clients have one port for both.
   */
  constructor(target: number, httpTarget: number) {
    this.#target = target
    this.#httpTarget = httpTarget
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
    while (this.#port === 0) {
      const port = randomInt(...fixedPorts)
      this.#server = await this.#listen(port).catch(() => undefined) // in use: try another
      if (this.#server !== undefined) this.#port = port
    }
    this.#server ??= await this.#listen(this.#port)
  }

  async #listen(port: number): Promise<Server> {
    const server = createServer({ pauseOnConnect: false }, (outer) => this.#connect(outer))
    server.listen(port, "127.0.0.1")
    await once(server, "listening")
    return server
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
      if (peer.endsWith(`:${connection.inner?.localPort}`)) this.#break(connection)
    }
  }

  /** From now on nothing passes in either direction, though everything stays open. */
  freeze(): void {
    this.#frozen = true
    for (const { inner, outer, to, back } of this.#connections) {
      if (inner === undefined) continue
      outer.unpipe(to).pause()
      inner.unpipe(back).pause()
    }
  }

  thaw(): void {
    if (!this.#frozen) return
    this.#frozen = false
    for (const connection of this.#connections) join(connection)
  }

  #connect(outer: Socket): void {
    outer.setNoDelay()
    const connection: Connection = { outer, to: this.#way(), back: this.#way() }
    this.#connections.add(connection)
    this.#watch(connection, outer)
    outer.once("readable", () => {
      const first: Buffer | null = outer.read()
      if (first === null) return // it has ended without a word
      outer.unshift(first)
      const target = isGrpc(first) ? this.#target : this.#httpTarget
      const inner = connect(target, "127.0.0.1").setNoDelay()
      connection.inner = inner
      this.#watch(connection, inner)
      connection.to.pipe(inner)
      connection.back.pipe(outer)
      if (!this.#frozen) join(connection)
    })
  }

  #watch(connection: Connection, socket: Socket): void {
    socket.on("error", () => this.#break(connection))
    socket.on("close", () => this.#break(connection))
  }

  #way(): Transform {
    return new Transform({
      transform: (chunk, _encoding, pass) => {
        if (this.delay === 0) pass(null, chunk)
        else setTimeout(() => pass(null, chunk), this.delay)
      },
    })
  }

  #break(connection: Connection): void {
    this.#connections.delete(connection)
    connection.outer.destroy()
    connection.inner?.destroy()
  }
}

const tlsHandshake = 0x16

/** Whether a connection that begins like this is for HTTP/2, in which gRPC comes. */
const isGrpc = (first: Buffer): boolean =>
  first[0] === tlsHandshake ? first.includes("\u0002h2") : first.subarray(0, 4).equals(preface)

const preface = Buffer.from("PRI ")

const join = ({ inner, outer, to, back }: Connection): void => {
  if (inner === undefined) return
  outer.pipe(to)
  inner.pipe(back)
}
