import type { Session } from "../Session.ts"
import { ctimeText } from "../times.ts"
import type { Line, LogFormat } from "./LogFormat.ts"

/** The bytes of a text, one character each. */
const bytesOf = (text: string, encoding: BufferEncoding): string =>
  /^[ -~]*$/.test(text) ? text : Buffer.from(text, encoding).toString("latin1")

const lines = (session: Session): ReadonlyArray<Line> =>
  session.attempts.map(({ time, principal, secret }) => ({
    time,
    text: `[${ctimeText(time)}] ${session.ip} ${bytesOf(principal ?? "", "utf8")} ${bytesOf(secret?.text ?? "", secret?.encoding ?? "utf8")}`,
    attempts: 1,
  }))

/** The text log of ssh-honeypot: seconds, no zone, and the bytes of passwords as they came. */
export const sshHoneypot: LogFormat = {
  name: "ssh-honeypot",
  fileName: () => "ssh-honeypot.log",
  encoding: "latin1",
  header: (_sensor, time) => [`[${ctimeText(time)}] ssh-honeypot 0.2.0 started on port 22. PID 6`],
  lines,
  dirt: [
    ({ text }) => ({ kind: "cut-line", text: text.slice(0, 19) }),
    ({ time }) => ({
      kind: "foreign-message",
      text: `[${ctimeText(time)}] FATAL: ssh_bind_listen(): \b`,
    }),
  ],
}
