import { Gauge, Registry } from "prom-client";

/** The project's metrics as OpenMetrics text, all with these labels. */
export class Metrics {
  private readonly registry = new Registry();

  constructor(labels: Record<string, string>) {
    // The library's types only have registries of the older format.
    this.registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    this.registry.setDefaultLabels(labels);
  }

  /** A gauge with one value; none where that is not known. */
  set(name: string, help: string, value: number | undefined): void {
    if (value !== undefined) this.labelled(name, help, []).set(value);
  }

  labelled(name: string, help: string, labelNames: string[]): Gauge {
    return new Gauge({ name: `rancher_rollback_${name}`, help, labelNames, registers: [this.registry] });
  }

  async text(): Promise<string> {
    return await this.registry.metrics();
  }
}

/** Seconds since 1970. @param time ISO 8601. */
export function seconds(time: string): number {
  return Date.parse(time) / 1000;
}
