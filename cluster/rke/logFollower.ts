import { openSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";

/** Reads a growing file line by line. Holds back a last line that is not finished yet. */
export class LogFollower {
  private readonly fd: number;
  private readonly decoder = new StringDecoder("utf8");
  private readonly chunk = Buffer.alloc(64 * 1024);
  private rest = "";

  constructor(path: string) {
    this.fd = openSync(path, "r");
  }

  /** The lines that were finished since the last call. */
  lines(): string[] {
    for (let read = this.read(); read > 0; read = this.read()) {
      this.rest += this.decoder.write(this.chunk.subarray(0, read));
    }
    const lines = this.rest.split(/\r?\n/);
    this.rest = lines.pop() ?? "";
    return lines.filter((line) => line !== "");
  }

  /** What stands behind the last finished line: the last line of a log that is not written to any more. */
  unfinished(): string {
    return this.rest;
  }

  private read(): number {
    return readSync(this.fd, this.chunk, 0, this.chunk.length, null);
  }
}
