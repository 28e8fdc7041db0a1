import helmet from "@fastify/helmet";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { StudioError } from "../../src/domain/errors.ts";
import { isLoopback, type Config } from "../config/config.ts";
import { refuseStalledUpload } from "../lib/stalledUpload.ts";
import { hostName } from "./hostName.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** `read`: a POST that changes nothing, and needs no token. `token`: a GET that gives out what only its owner may see. */
    access?: "read" | "token";
    /** The body may take long: its pace is watched, by the route `itself` or here. */
    longBody?: "paced" | "itself";
  }
}

/** Where base models come from when the page downloads them: the hub and its storage hosts. */
const HUB_HOSTS = ["https://huggingface.co", "https://*.huggingface.co", "https://*.hf.co"];

/** Models that the person runs beside the studio (Ollama, LM Studio, llama.cpp) write questions for the page. */
const THIS_COMPUTER = ["http://127.0.0.1:*", "http://localhost:*"];

/** Who may ask: host and origin checks, the token on everything that writes, and the response headers of a browser app. */
export const secure = async (app: FastifyInstance, config: Config): Promise<void> => {
  await app.register(helmet, {
    global: false,
    // Plain HTTP on loopback: a strict transport header would lock the address out of every browser.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: { policy: "same-origin" },
    // With the line above: SharedArrayBuffer, which threads in WebAssembly need.
    crossOriginEmbedderPolicy: { policy: "require-corp" },
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        // tfjs and onnxruntime compile WebAssembly and start threads from blobs.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'", "blob:"],
        workerSrc: ["'self'", "blob:"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:", "blob:"],
        fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'", "data:", "blob:", ...HUB_HOSTS, ...THIS_COMPUTER],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  });

  // Helmet would make its headers anew for each request, a tenth of what a short one takes; they are the same for all.
  let headers: [name: string, value: number | string | readonly string[]][] | undefined;
  app.addHook("onRequest", (_request, reply, done) => {
    if (headers) for (const [name, value] of headers) reply.raw.setHeader(name, value);
    else {
      void reply.helmet();
      headers = Object.entries(reply.raw.getHeaders()).map(([name, value]) => [name, value ?? ""]);
    }
    done();
  });

  app.addHook("onRequest", async (request) => {
    checkHost(request, config);
    checkAddress(request);
    const { access } = request.routeOptions.config;
    if (["GET", "HEAD", "OPTIONS"].includes(request.method) && access !== "token") return;
    checkOrigin(request, config);
    if (access !== "read") checkToken(request, config);
  });

  app.addHook("onRequest", async (request, reply) => {
    if (!hasBody(request)) return;
    const { longBody } = request.routeOptions.config;
    if (longBody === "paced") refuseStalledUpload(request, reply, config.limits.uploadIdleMs);
    else if (!longBody) watchBody(request, reply, config.limits.bodyMs);
  });
};

/** On loopback, a name that resolves to this machine by someone else's DNS is not ours (DNS rebinding). */
const checkHost = (request: FastifyRequest, config: Config): void => {
  const host = request.headers.host ?? "";
  if (!URL.canParse(`http://${host}/`) || /[@/?#]/.test(host))
    throw new StudioError("host-invalid", "The Host header names no host.", "Send the address of this server in it.");
  const name = hostName(host);
  if (config.allowedHosts.includes(name)) return;
  if (config.loopback ? isLoopback(name) : config.allowedHosts.length === 0) return;
  throw new StudioError(
    "host-refused",
    "This server does not answer under that host name.",
    "Use its own address, or name the host in STUDIO_ALLOWED_HOSTS.",
  );
};

/** No name here holds NUL, and neither file systems nor databases can be asked for one. */
const checkAddress = ({ url }: FastifyRequest): void => {
  if (!url.includes("%00")) return;
  throw new StudioError("request-invalid", "The address holds a NUL character.", "Remove it.");
};

/** A page of another site must not write. Browsers say who asks; programs do not send these headers. */
const checkOrigin = (request: FastifyRequest, config: Config): void => {
  const { origin, host } = request.headers;
  const site = request.headers["sec-fetch-site"];
  if (typeof origin === "string" && config.allowedOrigins.includes(origin)) return;
  if (typeof site === "string") {
    if (site === "same-origin" || site === "none") return;
    throw foreignOrigin();
  }
  if (origin === undefined) return;
  if (!URL.canParse(origin) || new URL(origin).host !== host) throw foreignOrigin();
};

const foreignOrigin = (): StudioError =>
  new StudioError(
    "origin-refused",
    "Pages of other sites may not change anything here.",
    "Use the studio's own page, or name the origin in STUDIO_ALLOWED_ORIGINS.",
  );

const tokenIn = ({ headers }: FastifyRequest): string | undefined =>
  /^Bearer ([^\s]+)$/i.exec(headers.authorization ?? "")?.[1];

/** Whether a request may change things: it carries the token, or there is none. */
export const mayWrite = (request: FastifyRequest, { token }: Pick<Config, "token">): boolean => {
  const given = tokenIn(request);
  return !token || (given !== undefined && token.equals(given));
};

const checkToken = (request: FastifyRequest, config: Config): void => {
  if (mayWrite(request, config)) return;
  throw tokenIn(request) === undefined
    ? new StudioError(
        "unauthorized",
        "This request needs the server's token.",
        "It is the value of STUDIO_TOKEN, sent as Authorization: Bearer.",
      )
    : new StudioError(
        "unauthorized",
        "That is not this server's token.",
        "Use the value of STUDIO_TOKEN that the server was started with.",
      );
};

const hasBody = ({ headers }: FastifyRequest): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;

/** A small body that does not arrive in time is given up: slow senders must not hold connections. */
const watchBody = (request: FastifyRequest, reply: FastifyReply, ms: number): void => {
  const timer = setTimeout(() => {
    if (reply.sent) return;
    reply.send(new StudioError("request-too-slow", "The request's body did not arrive in time.", "Send it again."));
  }, ms);
  request.raw.once("end", () => clearTimeout(timer));
  request.raw.once("close", () => clearTimeout(timer));
};
