import dns from "node:dns";
import { createServer } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { readRancherVersion } from "../../../cluster/rancher/answer.ts";
import { selfSigned } from "../../support/certificate.ts";
import { closedPort, listen, serve } from "../../support/server.ts";

const RANCHER = {
  "/ping": "pong",
  "/rancherversion": '{"Version":"v2.5.8","GitCommit":"fe2ad5d","RancherPrime":"false"}',
  "/v3/settings/server-version": '{"id":"server-version","value":"v9.9.9"}',
};
type Found = (error: null, addresses: dns.LookupAddress[]) => void;
const OLD_VERSION = '{"id":"server-version","type":"setting","value":"v2.0.8"}';

describe("Rancher's version", { timeout: 60_000 }, () => {
  test("is what /rancherversion says", async () => {
    expect(await readRancherVersion({ url: await serve(RANCHER) })).toBe("v2.5.8");
  });

  test("is the setting server-version of an old Rancher that has no /rancherversion", async () => {
    const url = await serve({ "/ping": "pong", "/v3/settings/server-version": OLD_VERSION });
    expect(await readRancherVersion({ url })).toBe("v2.0.8");
  });

  test("is the setting server-version of an old Rancher that answers every path with its web page", async () => {
    const url = await serve({
      "/ping": "pong",
      "/rancherversion": "<!doctype html><html></html>",
      "/v3/settings/server-version": OLD_VERSION,
    });
    expect(await readRancherVersion({ url })).toBe("v2.0.8");
  });

  test("is found behind an address that ends in a slash", async () => {
    expect(await readRancherVersion({ url: `${await serve(RANCHER)}/` })).toBe("v2.5.8");
  });

  test("is not looked for while Rancher does not answer /ping well", async () => {
    const url = await serve({ ...RANCHER, "/ping": [503, "starting"] });
    await expect(readRancherVersion({ url })).rejects.toThrow(`${url}/ping answers with HTTP 503`);
  });

  test.each([
    ["{}", '{"value":""}'],
    ['{"Version":7}', '{"value":null}'],
    ["pong", '{"type":"error","code":"Unauthorized"}'],
  ])("is missed in words where neither place tells it: %s and %s", async (modern, old) => {
    const url = await serve({ "/ping": "pong", "/rancherversion": modern, "/v3/settings/server-version": old });
    await expect(readRancherVersion({ url })).rejects.toThrow(
      `${url} answers, but tells its version neither at /rancherversion nor at /v3/settings/server-version`,
    );
  });
});

describe("a Rancher that does not answer", { timeout: 60_000 }, () => {
  test("is told with its address and why", async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    await expect(readRancherVersion({ url })).rejects.toThrow(new RegExp(`^${url} does not answer: .*ECONNREFUSED`));
  });

  test("is told why also when its name stands for several addresses", async () => {
    vi.spyOn(dns, "lookup").mockImplementation(((_name: string, _options: object, found: Found) =>
      found(null, [
        { address: "127.0.0.1", family: 4 },
        { address: "127.0.0.2", family: 4 },
      ])) as unknown as typeof dns.lookup);
    const url = `http://rancher.example.com:${await closedPort()}`;
    const asked = readRancherVersion({ url }).finally(() => vi.restoreAllMocks());
    await expect(asked).rejects.toThrow(`${url} does not answer: ECONNREFUSED`);
  });

  test("but hangs up is told as well", async () => {
    const url = `http://127.0.0.1:${await listen(createServer((socket) => void socket.destroy()))}`;
    await expect(readRancherVersion({ url })).rejects.toThrow(/ does not answer: (socket hang up|read ECONNRESET)$/);
  });
});

describe("Rancher over TLS", { timeout: 60_000 }, () => {
  test("is believed when the authority's file is given", async () => {
    const { caFile, ...tls } = selfSigned();
    expect(await readRancherVersion({ url: await serve(RANCHER, tls), caFile })).toBe("v2.5.8");
  });

  test("is not believed with a certificate that nobody vouches for", async () => {
    const url = await serve(RANCHER, selfSigned());
    await expect(readRancherVersion({ url })).rejects.toThrow(`${url} does not answer: self-signed certificate`);
  });

  test("is not believed with another authority's certificate", async () => {
    const url = await serve(RANCHER, selfSigned());
    await expect(readRancherVersion({ url, caFile: selfSigned().caFile })).rejects.toThrow(
      / does not answer: .*certificate/,
    );
  });

  test("is not believed under a name that the certificate does not have", async () => {
    const { caFile, ...tls } = selfSigned();
    const url = (await serve(RANCHER, tls)).replace("127.0.0.1", "localhost");
    await expect(readRancherVersion({ url, caFile })).rejects.toThrow(/ does not answer: .*altnames/);
  });
});
