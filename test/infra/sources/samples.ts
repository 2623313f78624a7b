/** Made-up lines of every format, by its name: some that hold attempts, and some that do not. */
const uuid = "00000000-0000-4000-8000-000000000001"
const time = "2024-01-02T03:04:05.000006"
const attacker = "192.0.2.1"
const json = (value: unknown): string => JSON.stringify(value)

const cowrie = { sensor: "decoy-a", session: "a1b2c3d4e5f6", src_ip: attacker }

export const samples: Readonly<Record<string, ReadonlyArray<string>>> = {
  cowrie: [
    json({
      ...{ eventid: "cowrie.session.connect", ...cowrie, protocol: "telnet" },
      timestamp: "2024-01-02T03:04:05.000001Z",
    }),
    json({
      ...{ eventid: "cowrie.login.failed", ...cowrie, username: "root", password: 'Žebra "77"\\' },
      timestamp: "2024-01-02T03:04:06.000002Z",
    }),
    json({
      ...{ eventid: "cowrie.login.success", ...cowrie, username: "žan", password: "" },
      timestamp: "2024-01-02T03:04:07.000003Z",
    }),
    json({ eventid: "cowrie.session.closed", ...cowrie, timestamp: "2024-01-02T03:04:08.000004Z" }),
  ],
  "heralding-auth": [
    "timestamp,auth_id,session_id,source_ip,source_port,destination_ip,destination_port,protocol,username,password,password_hash",
    `2024-01-02 03:04:05.000006,${uuid},${uuid},${attacker},4000,198.51.100.1,21,ftp,u,"a,b""c`,
    "",
    'd{",',
    `2024-01-02 03:04:06.000007,${uuid},${uuid},${attacker},4000,198.51.100.1,21,ftp,u,{x},`,
  ],
  "heralding-session": [
    json({
      timestamp: "2024-01-02 03:04:05.000006",
      session_id: uuid,
      source_ip: attacker,
      destination_ip: "198.51.100.1",
      protocol: "ftp",
      num_auth_attempts: 2,
      auth_attempts: [
        { timestamp: "2024-01-02 03:04:05.000007", username: "u", password: "p" },
        { timestamp: "2024-01-02 03:04:05.000008", username: null, password: "]}" },
      ],
    }),
    json({ session_id: uuid, source_ip: attacker, protocol: "ssh", auth_attempts: [] }),
  ],
  dionaea: [
    json({
      connection: { protocol: "mssqld", transport: "tcp", type: "accept" },
      src_ip: attacker,
      timestamp: time,
      credentials: { username: ["sa", "sa"], password: ["a", "b"] },
    }),
    json({
      connection: { protocol: "httpd", transport: "tcp", type: "accept" },
      src_ip: attacker,
      timestamp: time,
    }),
  ],
  opencanary: [
    json({
      dst_host: "198.51.100.1",
      dst_port: 21,
      logdata: { USERNAME: "u", PASSWORD: "p" },
      logtype: 2000,
      node_id: "decoy-a",
      src_host: attacker,
      src_port: 4000,
      utc_time: "2024-01-02 03:04:05.000006",
    }),
    json({ logdata: { msg: "boot" }, logtype: 1001, node_id: "decoy-a", src_host: "" }),
  ],
  decnet: [
    `<134>1 ${time}Z decoy-a ssh - login [relay@55555 attacker_ip="${attacker}"]`,
    `<134>1 ${time}Z decoy-a ftp - auth [relay@55555 src="${attacker}" principal="u" secret_b64="cA=="]`,
  ],
  "ssh-honeypot": [
    "[Tue Mar  3 04:05:06 2020] ssh-honeypot 0.2.0 by Daniel Roberson started on port 22. PID 17",
    `[Tue Mar  3 04:05:06 2020] ${attacker} u p q`,
    `[Tue Mar  3 04:05:06 2020] ${attacker} u p q`,
  ],
  telnethoney: [
    json({ timestamp: `${time}Z`, src_ip: attacker, username: "u", password: "p", command: null }),
    json({
      timestamp: `${time}Z`,
      src_ip: attacker,
      username: null,
      password: null,
      command: "ls",
    }),
  ],
  "cowrie-text": [
    `${time}Z [cowrie.ssh.factory.CowrieSSHFactory] New connection: ${attacker}:4000 (198.51.100.1:2222) [session: a1b2c3d4e5f6]`,
    `${time}Z [HoneyPotSSHTransport,3,${attacker}] login attempt [b'root'/b'\\xc5\\xbdebra "77"'] failed`,
    `${time}Z [HoneyPotSSHTransport,3,${attacker}] login attempt [b'root'/b''] succeeded`,
    `${time}Z [HoneyPotSSHTransport,3,${attacker}] Connection lost after 3 seconds`,
  ],
  "cowrie-hpfeeds": [
    json({
      session: "a1b2c3d4e5f6",
      startTime: `${time}Z`,
      peerIP: attacker,
      protocol: "ssh",
      loggedin: ["u", "q"],
      credentials: [["u", "p"]],
    }),
    json({
      session: "b1",
      startTime: `${time}Z`,
      peerIP: attacker,
      loggedin: null,
      credentials: [],
    }),
  ],
  "dionaea-incident": [
    json({
      origin: "dionaea.modules.python.mssql.login",
      timestamp: time,
      data: {
        username: "sa",
        password: "p",
        connection: { id: "c1", protocol: "mssqld", remote_ip: attacker, remote_port: 4000 },
      },
    }),
    json({
      origin: "dionaea.connection.free",
      timestamp: time,
      data: { connection: { id: "c1", protocol: "mssqld", remote_ip: attacker } },
    }),
  ],
  "ssh-honeypot-json": [
    json({ event: "ssh-honeypot-start", time: 1_704_164_645 }),
    json({
      event: "ssh-honeypot-auth",
      time: 1_704_164_645,
      client: attacker,
      user: "u",
      pass: "p",
    }),
    json({
      event: "ssh-honeypot-auth",
      time: 1_704_164_645,
      client: attacker,
      user: "u",
      pass: "p",
    }),
  ],
  sshesame: [
    json({
      time,
      source: `${attacker}:4000`,
      event_type: "password_auth",
      event: { user: "u", accepted: true, password: "p" },
    }),
    json({ time, source: `${attacker}:4000`, event_type: "connection_close", event: {} }),
  ],
  honeypots: [
    json({
      timestamp: time,
      action: "login",
      server: "ftp_server",
      src_ip: attacker,
      src_port: "4000",
      dest_port: "21",
      username: "u",
      password: "p",
      status: "failed",
    }),
    json({
      timestamp: time,
      action: "connection",
      server: "ftp_server",
      src_ip: attacker,
      dest_port: "21",
    }),
  ],
  beelzebub: [
    json({
      event: {
        DateTime: `${time}Z`,
        RemoteAddr: `${attacker}:4000`,
        Protocol: "SSH",
        Status: "Stateless",
        ID: "e1",
        User: "u",
        Password: "p",
      },
      level: "info",
    }),
    json({
      event: {
        DateTime: `${time}Z`,
        RemoteAddr: `${attacker}:4000`,
        Protocol: "SSH",
        Status: "End",
        ID: "e2",
        User: "u",
        Password: "p",
      },
      level: "info",
    }),
  ],
  tpot: [
    json({
      "@timestamp": `${time}Z`,
      "t-pot_hostname": "decoy-a",
      type: "Mailoney",
      src_ip: attacker,
      dest_port: 25,
      username: "u",
      password: "p",
    }),
    json({
      "@timestamp": `${time}Z`,
      "t-pot_hostname": "decoy-a",
      type: "Suricata",
      username: "x",
    }),
  ],
}
