import { connect, type PeerCertificate } from "node:tls"
import * as Redacted from "effect/Redacted"
import type { Host, Tls } from "./eventStoreSettings.ts"

/** What a host has shown of itself in a TLS handshake; nothing was asked of it. */
export interface TlsPeer {
  /** Why it is not to be trusted, in Node's words; `undefined` where it is. */
  readonly refusal: string | undefined
  /** Its certificate, where it has shown one. */
  readonly certificate: PeerCertificate | undefined
}

/**
 * Makes a TLS connection to a host as the client would, and ends it. Fails where nobody answers in
 * so many milliseconds.
 */
export const tlsPeer = (
  { address, port }: Host,
  { ca, userCertificate }: Tls,
  deadline: number,
): Promise<TlsPeer> =>
  new Promise((resolve, reject) => {
    const socket = connect({
      host: address,
      port,
      // Names are for certificates; an address of numbers is none.
      ...(/^[\d.]+$/.test(address) ? {} : { servername: address }),
      ALPNProtocols: ["h2"],
      ...(ca === undefined ? {} : { ca }),
      ...(userCertificate === undefined
        ? {}
        : {
            cert: userCertificate.certificate,
            key: Redacted.value(userCertificate.key),
          }),
      // Looked at below, so that a certificate is seen that is not trusted.
      rejectUnauthorized: false,
    })
    const settle = (done: () => void): void => {
      clearTimeout(timer)
      socket.destroy()
      done()
    }
    const timer = setTimeout(
      () => settle(() => reject(new Error("no TLS handshake in time"))),
      deadline,
    )
    let certificate: PeerCertificate | undefined
    socket.on("secureConnect", () => {
      certificate = socket.getPeerCertificate()
      const refusal = socket.authorized ? undefined : String(socket.authorizationError)
      if (refusal !== undefined) settle(() => resolve({ refusal, certificate }))
      // With TLS 1.3 the server refuses our certificate only after the handshake.
      else setTimeout(() => settle(() => resolve({ refusal, certificate })), 100)
    })
    socket.on("error", (error) => {
      if (isRefusal(error)) settle(() => resolve({ refusal: error.message, certificate }))
      else settle(() => reject(error))
    })
  })

const isRefusal = (error: Error): boolean =>
  /SSL|TLS|alert|certificate|altnames/i.test(error.message)

/** Why none of some hosts is to be trusted; `undefined` where one is, or none answers. */
export const tlsRefusal = async (
  hosts: ReadonlyArray<Host>,
  tls: Tls,
  deadline: number,
): Promise<string | undefined> => {
  const peers = await Promise.all(
    hosts.map((host) => tlsPeer(host, tls, deadline).catch(() => undefined)),
  )
  const there = peers.filter((peer) => peer !== undefined)
  return there.some(({ refusal }) => refusal === undefined) ? undefined : there[0]?.refusal
}
