/** The DICOMweb client against a real Orthanc: a series out of it byte for byte, an instance into it, and refusals. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveAt, retrieveSeries, storeInstance } from "../../src/server/dicomweb/index.js";
import { credentials, Orthanc, orthancMissing } from "./orthanc.js";

const study = "1.2.826.0.1.3680043.8.498.77.0";
const series = "1.2.826.0.1.3680043.8.498.77.1";
const fixture = join(import.meta.dirname, "../oracle/fixtures/dicom/d0.zip");
const files = Object.values(unzipSync(readFileSync(fixture))).map((bytes) => Buffer.from(bytes));
const folder = mkdtempSync(join(tmpdir(), "dicomweb-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(orthancMissing !== undefined)(`with Orthanc (${orthancMissing ?? "installed"})`, () => {
  const orthanc = new Orthanc();
  const archive = () => archiveAt(`${orthanc.url}/dicom-web/`, credentials);

  beforeAll(async () => {
    await orthanc.start();
    for (const file of files.slice(1)) await orthanc.ask("/instances", { method: "POST", body: file });
  });
  afterAll(() => orthanc.stop());

  it("stores an instance, once however often, and gives the series back byte for byte", async () => {
    await storeInstance(archive(), study, files[0]!);
    await storeInstance(archive(), study, files[0]!);
    const target = join(folder, "series");
    expect(await retrieveSeries(archive(), { study, series }, target)).toBe(files.length);
    const found = readdirSync(target).map((name) => readFileSync(join(target, name)).toString("base64"));
    expect(found.sort()).toEqual(files.map((file) => file.toString("base64")).sort());
  });

  it("names the reason where the archive does not take an instance", async () => {
    await expect(storeInstance(archive(), "1.2.3.4", files[0]!)).rejects.toThrow(
      /a general failure in processing, failure reason 0x0110 \(status 409\)/,
    );
  });

  it("says what is wrong with credentials and names, and leaves no folder", async () => {
    const target = join(folder, "refused");
    const stranger = archiveAt(`${orthanc.url}/dicom-web`, "sureseg:wrong");
    await expect(retrieveSeries(stranger, { study, series }, target)).rejects.toThrow(/status 401/);
    await expect(retrieveSeries(archive(), { study, series: "1.2.3" }, target)).rejects.toThrow(
      /no such series/,
    );
    await expect(retrieveSeries(archive(), { study, series: "../1" }, target)).rejects.toThrow(
      /series: found something that is no unique identifier/,
    );
    await expect(retrieveSeries(archive(), { study, series }, target, { most: 10_000 })).rejects.toThrow(
      /more than 10000 bytes/,
    );
    expect(readdirSync(folder)).not.toContain("refused");
  });
});

describe("an archive that lies", () => {
  let server: Server;
  let answer: { status: number; headers: Record<string, string>; body: string };
  const archive = () => archiveAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, credentials);

  beforeAll(async () => {
    server = createServer((_, response) =>
      response.writeHead(answer.status, answer.headers).end(answer.body),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void server.close());

  const multipart = { "content-type": "multipart/related; boundary=b" };
  it.each([
    ["sends elsewhere", 302, { location: "http://127.0.0.1:1/" }, "", /sends elsewhere/],
    ["ends early", 200, multipart, "--b\r\n\r\nhalf a file", /ends early/],
    ["sends a page", 200, { "content-type": "text/html" }, "<p>", /an answer of another kind/],
    [
      "sends other parts",
      200,
      multipart,
      "--b\r\nContent-Type: text/html\r\n\r\nx\r\n--b--",
      /no DICOM files/,
    ],
    ["sends nothing", 200, multipart, "--b--", /no instance/],
  ])("%s", async (_, status, headers, body, message) => {
    answer = { status, headers: headers as Record<string, string>, body };
    const target = join(folder, "lied");
    await expect(retrieveSeries(archive(), { study, series }, target)).rejects.toThrow(message);
    expect(existsSync(target)).toBe(false);
  });
});

it.each(["ftp://x", "nonsense", "http://x/?a=b", "http://user:secret@x"])("refuses the address %s", (url) => {
  expect(() => archiveAt(url)).toThrow(/--dicomweb: found/);
});
