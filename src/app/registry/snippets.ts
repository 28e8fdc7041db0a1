/** A question as a program would send it; the person puts their own in its place. */
const QUESTION = "How do I reset my password?";

/** How other programs embed a question with a model of this server, by OpenAI's API. */
export const embeddingSnippets = (origin: string, model: string): Record<"python" | "curl" | "javascript", string> => {
  const address = `${origin}/v1/embeddings`;
  const body = JSON.stringify({ model, input: [QUESTION], input_type: "query" });
  return {
    python: [
      "import json, urllib.request",
      "",
      `body = json.dumps(${body}).encode()`,
      `request = urllib.request.Request(${JSON.stringify(address)}, body, {"content-type": "application/json"})`,
      'vector = json.load(urllib.request.urlopen(request))["data"][0]["embedding"]',
      "print(len(vector))",
    ].join("\n"),
    curl: [`curl ${address}`, "-H 'content-type: application/json'", `-d '${body}'`].join(" \\\n  "),
    javascript: [
      `const answer = await fetch(${JSON.stringify(address)}, {`,
      '  method: "POST",',
      '  headers: { "content-type": "application/json" },',
      `  body: JSON.stringify(${body}),`,
      "});",
      "const [{ embedding }] = (await answer.json()).data;",
    ].join("\n"),
  };
};
