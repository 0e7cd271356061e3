// Where the readings go, and who sends them. A key in source is for trying only: README.md says where it goes.
export default {
  address: "127.0.0.1",
  port: 5684,
  path: ["readings"],
  identity: "dev1",
  key: Uint8Array.of(0x73, 0x65, 0x63, 0x72, 0x65, 0x74, 0x50, 0x53, 0x4b),
  intervalMs: 60_000,
};
