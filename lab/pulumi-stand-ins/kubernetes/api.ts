import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { send } from "../../machine/https.ts";
import { isObject, type Properties } from "../values.ts";

/** How long the API server may take for one answer. */
const TIMEOUT = 32_000;

/** The Kubernetes API, with as much of a client as one kind of resource needs. */
export class Api {
  private readonly config: KubeConfig;
  private readonly server: string;

  constructor(config: KubeConfig) {
    this.config = config;
    this.server = config.getCurrentCluster()?.server ?? "";
  }

  /** @throws ApiError where the server says no. */
  async request(method: "GET" | "PATCH", path: string, body?: Properties): Promise<Properties> {
    const options: RequestOptions = { method, headers: {}, timeout: TIMEOUT };
    await this.config.applyToHTTPSOptions(options);
    // JSON is YAML; the API server takes server-side apply only under this name.
    if (body) options.headers = { ...options.headers, "Content-Type": "application/apply-patch+yaml" };
    const url = new URL(this.server + path);
    const { code, text } = await send(url, options, body && JSON.stringify(body)).catch((error: Error) => {
      throw new Error(`${method} ${url.href}: ${error.message}`);
    });
    const answer = parse(text);
    if (code < 400) return answer;
    throw new ApiError(code, answer, text);
  }
}

export class ApiError extends Error {
  readonly code: number;
  /** The fields that must have a value and had none. */
  readonly requiredFields: string[];

  constructor(code: number, status: Properties, text: string) {
    super(typeof status.message === "string" ? status.message : `the API server answered ${code}: ${text}`);
    this.code = code;
    const causes = isObject(status.details) && Array.isArray(status.details.causes) ? status.details.causes : [];
    this.requiredFields = causes
      .filter((cause: { reason?: string }) => cause.reason === "FieldValueRequired")
      .map((cause: { field?: string }) => cause.field ?? "");
  }
}

function parse(text: string): Properties {
  try {
    const answer: unknown = JSON.parse(text);
    return isObject(answer) ? answer : {};
  } catch {
    return {};
  }
}
