import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exportTrace } from "../../telemetry/trace.ts";
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
  let server: Server;
  let sent: SentSpan[];
  let status = 200;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (text) => {
        body += text;
      });
      request.on("end", () => {
        for (const { scopeSpans } of JSON.parse(body).resourceSpans)
          for (const { spans } of scopeSpans) sent.push(...spans);
        response.writeHead(status, { "content-type": "application/json" }).end("{}");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env[VARIABLE] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    sent = [];
    status = 200;
  });
  afterAll(() => {
    delete process.env[VARIABLE];
    server.close();
  });

  test("has a span for the run, one for each phase in it and one for each step in that, with their own times", async () => {
    expect(await exportTrace(someRecord())).toBeUndefined();
    const span = (name: string) => sent.find((one) => one.name === name) as SentSpan;
    const [run, phase, step] = [span("rancher-rollback apply"), span("restart the components"), span("restart-node2")];
    expect(step.parentSpanId).toBe(phase.spanId);
    expect(phase.parentSpanId).toBe(run.spanId);
    expect(BigInt(step.endTimeUnixNano) - BigInt(step.startTimeUnixNano)).toBe(10_000_000_000n);
    expect(BigInt(phase.endTimeUnixNano) - BigInt(phase.startTimeUnixNano)).toBe(20_000_000_000n);
    expect(run.events.map(({ name }) => name)).toEqual(["point of no return"]);
  });

  test("hangs below the pipeline's own", async () => {
    const parent = { trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331" };
    await exportTrace(someRecord(), { ...process.env, TRACEPARENT: `00-${parent.trace}-${parent.span}-01` });
    const run = sent.find(({ name }) => name === "rancher-rollback apply");
    expect(run).toMatchObject({ traceId: parent.trace, parentSpanId: parent.span });
  });

  test("says of a failed run that it failed, and how", async () => {
    await exportTrace({ ...someRecord(), result: "failed", error: "the restore FAILED\nmore" });
    const run = sent.find(({ name }) => name === "rancher-rollback apply");
    expect(run?.status).toEqual({ code: 2, message: "the restore FAILED" });
  });

  test("is sent to nobody where nobody is named", async () => {
    expect(await exportTrace(someRecord(), {})).toBeUndefined();
    expect(sent).toEqual([]);
  });

  test("that the collector does not take is a sentence and no failure", async () => {
    status = 400;
    expect(await exportTrace(someRecord())).toMatch(/^the trace could not be sent: /);
  });
});
