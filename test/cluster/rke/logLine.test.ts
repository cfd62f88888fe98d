import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LogMessage, parseLogLine, shownLines } from "../../../cluster/rke/logLine.ts";

const AT = "2026-11-23T14:00:00Z";
const inFile = (level: string, message: string) => `time="${AT}" level=${level} msg=${JSON.stringify(message)}`;
const onTerminal = (level: string, message: string) => `${level.toUpperCase().slice(0, 4)}[0012] ${message}`;

function messageOf(line: string, above?: LogMessage): LogMessage {
  const read = parseLogLine(line, above);
  if (read.kind !== "message") throw new Error(`${line} is ${read.kind}`);
  return read.message;
}

describe("a message of RKE's log", () => {
  test.each(["debug", "info", "warning", "error", "fatal"] as const)("is read in both forms of %s", (level) => {
    const text = "[etcd] Failed to restore etcd snapshot: exit status is: 1";
    expect(messageOf(inFile(level, text))).toEqual({ level, text, at: "2026-11-23T14:00:00.000Z" });
    expect(messageOf(onTerminal(level, text))).toEqual({ level, text });
  });

  test("has its quotes, line breaks and letters back that Go has escaped", () => {
    expect(
      messageOf(String.raw`time="${AT}" level=info msg="[etcd] \"base\" \\ \n\tGr\u00f6\u00dfe \x1b[31m\u202e"`).text,
    ).toBe('[etcd] "base" \\ \n\tGröße');
  });

  test("needs no quotes, keeps what stands behind it, and is read although the line was cut off", () => {
    expect(messageOf(`time=${AT} level=fatal msg=EOF`)).toEqual({
      level: "fatal",
      text: "EOF",
      at: "2026-11-23T14:00:00.000Z",
    });
    expect(messageOf(`time="${AT}" level=warning msg="slow \\"disk\\"" error="on node1"`).text).toBe(
      'slow "disk" error="on node1"',
    );
    expect(messageOf(`time="${AT}" level=fatal msg="Failed to \\"res`)).toMatchObject({
      level: "fatal",
      text: 'Failed to "res',
    });
    expect(messageOf(`time="${AT}" level=info`).text).toBe("");
  });

  test("is read through the colours of a terminal, without the blanks that logrus fills up with", () => {
    expect(messageOf("\u001b[31mFATA\u001b[0m[0012] no etcd host                                ")).toEqual({
      level: "fatal",
      text: "no etcd host",
    });
  });

  test("has its level at the start of the line alone", () => {
    const quoting = 'Container [x] is still running: stderr: [time="2026" level=fatal msg="inner"';
    expect(messageOf(inFile("info", quoting)).level).toBe("info");
    expect(messageOf(onTerminal("info", quoting)).level).toBe("info");
    expect(messageOf(onTerminal("info", "no FATA[0001] here")).level).toBe("info");
    expect(parseLogLine('level=fatal msg="no time"').kind).toBe("further");
  });

  test("never loses a word of what RKE said", () => {
    const plain = fc.stringMatching(/^[\w .,()'/-]{0,80}[\w)]$/);
    fc.assert(
      fc.property(plain, fc.constantFrom("info", "warning", "error", "fatal"), (message, level) => {
        for (const line of [inFile(level, message), onTerminal(level, message)]) {
          expect(shownLines(messageOf(line)).join("\n")).toContain(message.trim());
        }
      }),
    );
  });
});

describe("a line that is no message", () => {
  test.each(["[+]etcd ok", "healthz check failed", "]", ", try #1", "goroutine 1 [running]:", "panic: no", "Error: x"])(
    "belongs to the message above: %s",
    (line) => {
      expect(parseLogLine(line)).toEqual({ kind: "further", text: line });
    },
  );

  test("is one of a container's log while the message above quotes it, however it begins", () => {
    const above = messageOf(onTerminal("info", 'Container [x] is still running: stderr: [time="t" level=info msg="a"'));
    expect(parseLogLine(inFile("fatal", "inner"), above).kind).toBe("further");
    above.text += "\n], stdout: []";
    expect(parseLogLine(inFile("fatal", "outer"), above).kind).toBe("message");
  });

  test("in a file is none of a container's log: RKE writes a message on one line there", () => {
    const above = messageOf(inFile("info", "Container [x] is still running: stderr: [oops"));
    expect(parseLogLine(inFile("fatal", "outer"), above).kind).toBe("message");
  });

  test.each([
    "I0201 21:09:42.691615   14481 request.go:665] Waited for 1.04s due to client-side throttling",
    "W1104 09:00:01.000001       1 warnings.go:70] policy/v1beta1 PodSecurityPolicy is deprecated",
    "E1104 09:00:01.000001       1 reflector.go:138] Failed to watch",
  ])("of client-go is noise: %s", (line) => {
    expect(parseLogLine(line)).toEqual({ kind: "noise", text: line });
  });
});

describe("a message as a person reads it", () => {
  test("names its level where it is not info, and is as many lines as it has", () => {
    expect(shownLines({ level: "info", text: "[etcd] Saving" })).toEqual(["[etcd] Saving"]);
    expect(shownLines({ level: "warning", text: "slow disk" })).toEqual(["WARNING slow disk"]);
    expect(shownLines({ level: "fatal", text: "no: [a\n\n]" })).toEqual(["FATAL no: [a", "]"]);
  });
});
