// Broadcast to the neighbours of the topology: node broadcast.js [deaf|once|-] [MS]
// Each message is sent again after MS (30) until the neighbour has acknowledged it. With "once" it is sent a single time, and with
// "deaf" messages of neighbours are ignored.
const slip = process.argv[2] || "";
const retryMs = Number(process.argv[3] || 30);
let me = "", neighbours = [], next = 0;
const messages = new Set();
const waiting = new Map();

const send = (dest, body) => process.stdout.write(JSON.stringify({ src: me, dest, body }) + "\n");
const reply = (request, body) => send(request.src, { ...body, in_reply_to: request.body.msg_id });

const tell = (dest, message) => {
  const id = next++;
  const again = () => send(dest, { type: "broadcast", message, msg_id: id });
  again();
  if (slip !== "once") waiting.set(id, setInterval(again, retryMs));
};

const take = (request) => {
  const { message } = request.body;
  const known = messages.has(message);
  if (slip !== "deaf" || request.src.startsWith("c")) messages.add(message);
  if (!known) neighbours.filter((name) => name !== request.src).forEach((name) => tell(name, message));
  reply(request, { type: "broadcast_ok" });
};

const handlers = {
  init: (request) => { me = request.body.node_id; reply(request, { type: "init_ok" }); },
  topology: (request) => { neighbours = request.body.topology[me]; reply(request, { type: "topology_ok" }); },
  broadcast: take,
  read: (request) => reply(request, { type: "read_ok", messages: [...messages] }),
  broadcast_ok: ({ body }) => { clearInterval(waiting.get(body.in_reply_to)); waiting.delete(body.in_reply_to); },
};

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const request = JSON.parse(line);
  handlers[request.body.type](request);
}).on("close", () => process.exit(0));
