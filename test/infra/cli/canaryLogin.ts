/** A login at a made-up OpenCanary, as its log has it. */
export const canaryLogin = (
  login: {
    readonly decky?: string
    readonly ip?: string
    readonly username?: string
    readonly password?: string
    /** What else the log says of it. */
    readonly more?: Readonly<Record<string, string>>
  } = {},
  minute = 0,
) => ({
  dst_host: "198.51.100.1",
  dst_port: 21,
  local_time: "2026-03-02 08:00:00.000000",
  local_time_adjusted: `2026-03-02 08:${String(minute % 60).padStart(2, "0")}:00.000000`,
  logdata: { USERNAME: login.username ?? "root", PASSWORD: login.password ?? "", ...login.more },
  logtype: 2000,
  node_id: login.decky ?? "gate-1",
  src_host: login.ip ?? "192.0.2.1",
  src_port: 40000,
  utc_time: `2026-03-02 08:${String(minute % 60).padStart(2, "0")}:00.000000`,
})
