import { jsonText, jsonTextOrNull } from "../jsonText.ts"
import { mix } from "../random.ts"
import { type Attempt, type Session, sessionUuid } from "../Session.ts"
import { second, spacedText } from "../times.ts"
import { cut, type Line, type LogFormat } from "./LogFormat.ts"

const header =
  "timestamp,auth_id,session_id,source_ip,source_port,destination_ip,destination_port,protocol,username,password,password_hash"

/** A CSV field the way Python's csv module writes it: in quotes only where it must be. */
const csvField = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

/** So many hexadecimal digits that follow from the session and a number. */
const digits = ({ id }: Session, number: number, count: number): string => {
  let text = ""
  for (let part = 0; text.length < count; part++) {
    const mixed = mix(Number.parseInt(id.slice(0, 8), 16), number * 64 + part)
    text += mixed.toString(16).padStart(8, "0")
  }
  return text.slice(0, count)
}

const isScreen = ({ target }: Session): boolean => target.service === "vnc"

const csvLines = (session: Session): ReadonlyArray<Line> =>
  session.attempts.map((attempt, index) => {
    const { time, principal, secret } = attempt
    const { target, ip, port } = session
    const hashed = isScreen(session)
      ? `{'challenge': '${digits(session, index * 2, 32)}', 'response': '${digits(session, index * 2 + 1, 32)}'}`
      : ""
    const fields = [
      spacedText(time),
      sessionUuid(digits(session, index + 32, 32)),
      sessionUuid(session.id),
      ip,
      String(port),
      target.sensor.address,
      String(target.port),
      target.service,
      principal ?? "",
      secret?.text ?? "",
      hashed,
    ]
    return { time, text: fields.map(csvField).join(","), attempts: 1 }
  })

const jsonAttempt = ({ time, principal, secret }: Attempt): string =>
  `{"timestamp": "${spacedText(time)}", "username": ${jsonTextOrNull(principal)}, "password": ${jsonTextOrNull(secret?.text ?? null)}}`

const jsonLines = (session: Session): ReadonlyArray<Line> => {
  const { start, end, attempts, ip, port, target } = session
  return [
    {
      time: end, // the session is written when it is over, with the time when it began
      text: `{"timestamp": "${spacedText(start)}", "duration": ${Math.floor((end - start) / second)}, "session_id": "${sessionUuid(session.id)}", "source_ip": "${ip}", "source_port": ${port}, "destination_ip": "${target.sensor.address}", "destination_port": ${target.port}, "protocol": "${target.service}", "num_auth_attempts": ${attempts.length}, "auth_attempts": [${attempts.map(jsonAttempt).join(", ")}], "session_ended": true, "auxiliary_data": {}}`,
      attempts: attempts.length,
    },
  ]
}

/** Heralding's list of attempts. It tells of the same ones as its list of sessions. */
export const heraldingAuth: LogFormat = {
  name: "heralding-auth",
  fileName: () => "log_auth.csv",
  encoding: "utf8",
  lineEnd: "\r\n",
  header: () => [header],
  lines: csvLines,
  dirt: [
    () => ({ kind: "repeated-header", text: header }),
    ({ text }) => ({ kind: "cut-line", text: text.slice(0, 60) }),
  ],
}

/** Heralding's list of sessions, those without attempts included. */
export const heraldingSession: LogFormat = {
  name: "heralding-session",
  fileName: () => "log_session.json",
  encoding: "utf8",
  lines: jsonLines,
  dirt: [
    cut,
    ({ time }) => ({
      kind: "wrong-type",
      text: `{"timestamp": "${spacedText(time)}", "session_id": ${jsonText("0")}, "source_ip": "192.0.2.1", "protocol": "ftp", "num_auth_attempts": 1, "auth_attempts": "root"}`,
    }),
  ],
}
