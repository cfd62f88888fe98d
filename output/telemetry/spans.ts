import { type Context, ROOT_CONTEXT, type Span, SpanStatusCode, TraceFlags, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { errorLine, type RunRecord } from "../../run/record.ts";
import { endOf } from "../report/spans.ts";

const TIMEOUT_MS = 5000;

/**
 * Sends a run's trace as exportTrace describes it. The provider is the run's own: Pulumi's SDK has another.
 * @param traceparent the pipeline's own span, in W3C's format.
 * @returns why it could not be sent.
 */
export async function sendTrace(record: RunRecord, traceparent: string | undefined): Promise<string | undefined> {
  const ended = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      "service.name": "rancher-rollback",
      "service.version": record.versions["rancher-rollback"] ?? "",
    }),
    spanProcessors: [new SimpleSpanProcessor(ended)],
  });
  recordSpans(record, provider, parentOf(traceparent));
  await provider.forceFlush();
  return await send(ended.getFinishedSpans());
}

/**
 * Sends all spans in one request: the exporter refuses more than 30 at a time, and a large cluster has more spans.
 * @returns what went wrong.
 */
async function send(spans: ReadableSpan[]): Promise<string | undefined> {
  if (spans.length === 0) return undefined;
  const exporter = new OTLPTraceExporter({ timeoutMillis: TIMEOUT_MS });
  // The exporter's own time-out starts again with every byte of an answer.
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    clock = setTimeout(resolve, TIMEOUT_MS, `no answer within ${TIMEOUT_MS / 1000} s`);
  });
  const sent = new Promise<string | undefined>((resolve) => {
    exporter.export(spans, ({ error }) => resolve(error?.message));
  });
  try {
    return await Promise.race([sent, late]);
  } finally {
    clearTimeout(clock);
  }
}

function recordSpans(record: RunRecord, provider: BasicTracerProvider, parent: Context): void {
  const tracer = provider.getTracer("rancher-rollback");
  const end = time(endOf(record));
  const why = errorLine(record);
  const { stack, cluster, snapshot } = record;
  const attributes = {
    "rancher_rollback.stack": stack,
    "rancher_rollback.cluster": cluster,
    "rancher_rollback.snapshot": snapshot,
  };
  const began = { startTime: time(record.startedAt), attributes };
  const run = tracer.startSpan(`rancher-rollback ${record.command}`, began, parent);
  if (record.wipedAt) run.addEvent("point of no return", time(record.wipedAt));
  const inRun = trace.setSpan(parent, run);
  for (const [title, steps] of Map.groupBy(record.steps, (step) => step.title ?? step.step)) {
    const from = Math.min(...steps.map(({ startedAt }) => time(startedAt)));
    const phase = tracer.startSpan(title, { startTime: from }, inRun);
    const inPhase = trace.setSpan(inRun, phase);
    const ends = steps.map(({ endedAt }) => (endedAt === undefined ? end : time(endedAt)));
    for (const [at, step] of steps.entries()) {
      const node = step.node === undefined ? {} : { "rancher_rollback.node": step.node };
      const span = tracer.startSpan(step.step, { startTime: time(step.startedAt), attributes: node }, inPhase);
      fail(span, step.failed, why);
      span.end(ends[at]);
    }
    const isFailed = steps.some(({ failed }) => failed);
    fail(phase, isFailed, why);
    phase.end(Math.max(...ends));
  }
  fail(run, !["succeeded", "unchanged", "planned"].includes(record.result ?? ""), why);
  run.end(end);
}

function fail(span: Span, failed: boolean, error: string | undefined): void {
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR, ...(error && { message: error }) });
}

/** The pipeline's own span, in W3C's format; none where that cannot be read. */
function parentOf(traceparent: string | undefined): Context {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? "") ?? [];
  if (!traceId || !spanId) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags ?? "01", 16) & TraceFlags.SAMPLED;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function time(at: string): number {
  return Date.parse(at);
}
