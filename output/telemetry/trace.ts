import type { RunRecord } from "../../run/record.ts";

/**
 * Sends a run's trace to the collector in OpenTelemetry's environment variables: a span for the run, for each phase and
 * for each step. Without such a variable nothing is sent.
 * @returns why it could not be sent; a collector that does not answer fails no rollback.
 */
export async function exportTrace(record: RunRecord): Promise<string | undefined> {
  // The exporter reads these from the process: another environment could only be used in part.
  const { OTEL_SDK_DISABLED, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, TRACEPARENT } =
    process.env;
  if (OTEL_SDK_DISABLED?.toLowerCase() === "true") return undefined;
  if (!OTEL_EXPORTER_OTLP_ENDPOINT && !OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) return undefined;
  // OpenTelemetry's SDK is loaded where it is used.
  const { sendTrace } = await import("./spans.ts");
  const failure = await sendTrace(record, TRACEPARENT);
  return failure && `the trace could not be sent: ${failure}`;
}
