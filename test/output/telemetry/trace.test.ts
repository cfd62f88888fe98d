import { createServer, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { trace } from "@opentelemetry/api";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { exportTrace } from "../../../output/telemetry/trace.ts";
import type { RunRecord } from "../../../run/record.ts";
import { listen } from "../../support/server.ts";
import { someRecord } from "../display/someRun.ts";

interface SentSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status: { code?: number; message?: string };
  events: { name: string }[];
}

const VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT";

describe("the trace of a run", () => {
  let address: string;
  let sent: SentSpan[];
  let answer: (response: ServerResponse) => void;

  beforeAll(async () => {
    const server = createServer(async (request, response) => {
      const { resourceSpans } = (await json(request)) as { resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[] };
      sent.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
      answer(response);
    });
    address = `http://127.0.0.1:${await listen(server)}`;
  });
  beforeEach(() => {
    sent = [];
    answer = (response) => response.writeHead(200, { "content-type": "application/json" }).end("{}");
    vi.stubEnv(VARIABLE, address);
    vi.stubEnv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", undefined);
    vi.stubEnv("TRACEPARENT", undefined);
  });

  test("has a span for the run, one for each phase in it and one for each step in that, with their own times", async () => {
    expect(await exportTrace(someRecord())).toBeUndefined();
    const span = (name: string) => sent.find((one) => one.name === name) as SentSpan;
    const [run, phase, step] = [span("rancher-rollback apply"), span("Fetch the snapshot"), span("snapshot-node2")];
    expect(step.parentSpanId).toBe(phase.spanId);
    expect(phase.parentSpanId).toBe(run.spanId);
    expect(BigInt(step.endTimeUnixNano) - BigInt(step.startTimeUnixNano)).toBe(10_000_000_000n);
    expect(BigInt(phase.endTimeUnixNano) - BigInt(phase.startTimeUnixNano)).toBe(20_000_000_000n);
    expect(run.events.map(({ name }) => name)).toEqual(["point of no return"]);
  });

  test("hangs below the pipeline's own", async () => {
    const parent = { trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331" };
    vi.stubEnv("TRACEPARENT", `00-${parent.trace}-${parent.span}-01`);
    await exportTrace(someRecord());
    const run = sent.find(({ name }) => name === "rancher-rollback apply");
    expect(run).toMatchObject({ traceId: parent.trace, parentSpanId: parent.span });
  });

  test("says of a failed run that it failed, and how", async () => {
    await exportTrace({ ...someRecord(), result: "failed", error: "the restore FAILED\nmore" });
    const run = sent.find(({ name }) => name === "rancher-rollback apply");
    expect(run?.status).toEqual({ code: 2, message: "the restore FAILED" });
  });

  test("is sent to nobody where nobody is named", async () => {
    vi.stubEnv(VARIABLE, undefined);
    expect(await exportTrace(someRecord())).toBeUndefined();
    expect(sent).toEqual([]);
  });

  test("is not sent where OpenTelemetry is switched off", async () => {
    vi.stubEnv("OTEL_SDK_DISABLED", "true");
    expect(await exportTrace(someRecord())).toBeUndefined();
    expect(sent).toEqual([]);
  });

  test("that the collector does not take is a sentence and no failure", async () => {
    answer = (response) => response.writeHead(400).end();
    expect(await exportTrace(someRecord())).toMatch(/^the trace could not be sent: /);
  });

  test("is whole however many nodes there are", async () => {
    const record = someRecord();
    const [like] = record.steps.filter(({ node }) => node === "node2") as [RunRecord["steps"][number]];
    const more = Array.from({ length: 100 }, (_, at) => ({ ...like, step: `snapshot-more${at}`, node: `more${at}` }));
    record.steps.push(...more);
    expect(await exportTrace(record)).toBeUndefined();
    expect(sent.map(({ name }) => name)).toEqual(expect.arrayContaining(more.map(({ step }) => step)));
  });

  test("is sent to the address for traces alone as it is", async () => {
    vi.stubEnv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", process.env[VARIABLE]);
    vi.stubEnv(VARIABLE, undefined);
    expect(await exportTrace(someRecord())).toBeUndefined();
    expect(sent).not.toEqual([]);
  });

  test("that the collector says nothing to is given up, and said to be", { timeout: 15_000 }, async () => {
    answer = () => {};
    expect(await exportTrace(someRecord())).toMatch(/^the trace could not be sent: /);
  });

  test("that the collector answers without an end is given up, and said to be", { timeout: 15_000 }, async () => {
    let drip: NodeJS.Timeout | undefined;
    answer = (response) => {
      response.writeHead(200);
      drip = setInterval(() => response.write(" "), 100);
    };
    try {
      expect(await exportTrace(someRecord())).toMatch(/^the trace could not be sent: no answer within 5 s/);
    } finally {
      clearInterval(drip);
    }
  });

  test("of a run that was killed lasts until the last that is known of it", async () => {
    const { endedAt: _, result: __, ...killed } = someRecord();
    const last = killed.steps.at(-1) as RunRecord["steps"][number];
    delete last.endedAt;
    await exportTrace(killed);
    const run = sent.find(({ name }) => name === "rancher-rollback apply");
    expect(BigInt(run?.endTimeUnixNano ?? 0)).toBe(BigInt(Date.parse(last.startedAt)) * 1_000_000n);
  });

  test("leaves the tracing of the process as it was", async () => {
    const before = trace.getTracerProvider();
    await exportTrace(someRecord());
    expect(trace.getTracerProvider()).toBe(before);
    expect(trace.getTracer("another").startSpan("another").isRecording()).toBe(false);
  });
});
