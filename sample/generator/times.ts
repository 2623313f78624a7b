/** Times are whole microseconds since 1970, UTC: up to the year 2255 a number holds them exactly. */
export const second = 1_000_000
export const minute = 60 * second
export const day = 86_400 * second

const padded = (value: number, width: number): string => String(value).padStart(width, "0")

let lastSecond = -1
let lastText = ""

/** `2026-03-02T04:05:06` of whole seconds; most calls in a row ask for the same second. */
const secondText = (time: number): string => {
  const whole = Math.floor(time / second)
  if (whole !== lastSecond) {
    lastSecond = whole
    lastText = new Date(whole * 1000).toISOString().slice(0, 19)
  }
  return lastText
}

/** `2026-03-02T04:05:06.000007`: ISO 8601 with microseconds, the zone left to the caller. */
export const isoText = (time: number): string => `${secondText(time)}.${padded(time % second, 6)}`

/** `2026-03-02 04:05:06.000007`: the way Python prints a time that knows no zone. */
export const spacedText = (time: number): string => isoText(time).replace("T", " ")

/** `2026-03-02`. */
export const dayText = (time: number): string => secondText(time).slice(0, 10)

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** `Mon Mar  2 04:05:06 2026`: the way C's ctime prints a time. */
export const ctimeText = (time: number): string => {
  const text = secondText(time)
  const weekday = weekdays[new Date(time / 1000).getUTCDay()]
  const month = months[Number(text.slice(5, 7)) - 1]
  const date = String(Number(text.slice(8, 10))).padStart(2, " ")
  return `${weekday} ${month} ${date} ${text.slice(11)} ${text.slice(0, 4)}`
}
