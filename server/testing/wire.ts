/** Test support: PGlite behind a socket, for many clients at once. Never imported by product code. */
import { createServer, type Socket } from "node:net";
import type { PGlite } from "@electric-sql/pglite";

const SSL_REQUEST = 80_877_103;
const CANCEL_REQUEST = 80_877_102;
/** Messages of a client after which the server's answer is complete: Query, Sync, PasswordMessage, Terminate. */
const ENDS = new Set(["Q", "S", "p", "X"].map((letter) => letter.charCodeAt(0)));

/**
 * Serves one PGlite, which is one session, to many connections: whole requests take turns (Parse, Bind, Execute and Sync are one), and a
 * connection that has begun a transaction has the database to itself until it ends it, or is cut.
 * What sessions keep apart in Postgres (advisory locks, settings, prepared statements with names) is shared here.
 */
export const serveWire = async (db: PGlite, port: number): Promise<{ close(): Promise<void> }> => {
  const sockets = new Set<Socket>();
  const waiting: { owner: Socket; work: () => Promise<void> }[] = [];
  let holder: Socket | null = null;
  let busy = false;

  const turn = async (): Promise<void> => {
    if (busy) return;
    const next = waiting.findIndex(({ owner }) => holder === null || owner === holder);
    if (next < 0) return;
    busy = true;
    const [{ owner, work } = { owner: null, work: async () => {} }] = waiting.splice(next, 1);
    // A connection that fails is cut; the others go on.
    await work().catch(() => owner?.destroy());
    holder = db.isInTransaction() ? owner : null;
    if (holder?.destroyed) await rollBack();
    busy = false;
    void turn();
  };
  const rollBack = async () => {
    await db.exec("ROLLBACK");
    holder = null;
  };
  const enqueue = (owner: Socket, work: () => Promise<void>) => {
    waiting.push({ owner, work });
    void turn();
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    let rest: Buffer = Buffer.alloc(0);
    let request: Uint8Array[] = [];
    let started = false;
    const send = (messages: Uint8Array[]) =>
      enqueue(socket, () =>
        db.runExclusive(async () => {
          for (const message of messages)
            await db.execProtocolRawStream(message, {
              onRawData: (data) => void (socket.writable && socket.write(Buffer.from(data))),
            });
        }),
      );
    socket.on("data", (data) => {
      rest = Buffer.concat([rest, data]);
      for (;;) {
        // The first message has no letter before its length.
        const head = started ? 1 : 0;
        if (rest.length < head + 4) return;
        const size = head + rest.readInt32BE(head);
        if (rest.length < size) return;
        const message = new Uint8Array(rest.subarray(0, size));
        const code = started ? 0 : rest.readInt32BE(4);
        rest = rest.subarray(size);
        if (code === CANCEL_REQUEST) return socket.destroy();
        if (code === SSL_REQUEST) {
          socket.write("N");
          continue;
        }
        request.push(message);
        if (started && !ENDS.has(message[0] ?? 0)) continue;
        started = true;
        // PGlite has one session, which does not end with a connection.
        if (message[0] === "X".charCodeAt(0)) socket.end();
        else send(request);
        request = [];
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      sockets.delete(socket);
      for (let i = waiting.length - 1; i >= 0; i -= 1) if (waiting[i]?.owner === socket) waiting.splice(i, 1);
      if (holder === socket && !busy) {
        busy = true;
        void rollBack().finally(() => {
          busy = false;
          void turn();
        });
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
