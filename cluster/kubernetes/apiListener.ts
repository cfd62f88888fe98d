import { connect } from "node:net";
import { lineOf, script } from "../script.ts";

/** Where RKE has every API server listen, on all addresses of a node (RKE services/services.go). */
export const API_PORT = 6443;

const listener = script(import.meta.dirname, "apiListener.sh");

export function listenerScript(proc = "/proc"): string {
  return listener({ port: API_PORT.toString(16).toUpperCase().padStart(4, "0"), proc });
}

export function parseListener(printed: string): boolean {
  return lineOf(printed, "listens") !== undefined;
}

/** Whether this machine gets a TCP connection. */
export async function connects(host: string, port: number, timeoutMs = 5000): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.once("connect", () => end(true));
    for (const event of ["error", "timeout"]) socket.once(event, () => end(false));
  });
}
