import { spawn } from "node:child_process";
import { once } from "node:events";
import { shellCommand } from "../../cluster/shell.ts";

interface OnTerminal {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  columns: number;
  rows: number;
  /** What is typed once the terminal shows what is waited for; each once, in this order. */
  answers: { to: string; typed: string }[];
  /** The command is killed after this many milliseconds. */
  timeout: number;
}

/** What came on a terminal, or was typed on it, and when. */
export interface Chunk {
  /** Since the beginning. */
  seconds: number;
  text: string;
}

/** Runs a command on a terminal of its own, which util-linux' `script` makes. @returns its exit code, and all that was shown and typed. */
export async function onTerminal(asked: OnTerminal): Promise<{ code: number; chunks: Chunk[]; typed: Chunk[] }> {
  const { columns, rows, command, args, env, timeout } = asked;
  const line = `stty rows ${rows} cols ${columns}; exec ${shellCommand([command, ...args])}`;
  const terminal = spawn("script", ["--quiet", "--return", "--flush", "--command", line, "/dev/null"], {
    env: { ...env, TERM: "xterm-256color", SHELL: "/bin/sh" },
    stdio: ["pipe", "pipe", "inherit"],
    timeout,
  });
  const began = Date.now();
  const [chunks, typed]: [Chunk[], Chunk[]] = [[], []];
  const answers = [...asked.answers];
  let unanswered = "";
  terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
    const seconds = (Date.now() - began) / 1000;
    chunks.push({ seconds, text });
    unanswered += text;
    const [next] = answers;
    if (!next || !unanswered.includes(next.to)) return;
    answers.shift();
    typed.push({ seconds, text: `${next.typed}\r` });
    terminal.stdin.write(`${next.typed}\r`);
    unanswered = "";
  });
  const [code] = await once(terminal, "close");
  return { code: code ?? 1, chunks, typed };
}
