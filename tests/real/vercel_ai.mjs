// The Vercel AI SDK against one model of the daemon.  Usage: node vercel_ai.mjs BASE_URL MODEL
// Prints one line of JSON for each thing tried.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Output, generateObject, generateText, stepCountIs, streamObject, streamText, tool } from "ai";
import { z } from "zod";

const [baseURL, name] = process.argv.slice(2);
const settings = { name: "clinvoker", baseURL, apiKey: "unused", includeUsage: true };
const model = createOpenAICompatible({ ...settings, supportsStructuredOutputs: true })(name);
const modelByTools = createOpenAICompatible(settings)(name);

const tools = {
  get_weather: tool({
    description: "The weather of a city.",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => "sun in " + city,
  }),
};
const schema = z.object({ n: z.number(), why: z.string() });

const call = '!tool get_weather {"city":"Oslo"}';
const json = '!json {"n":3,"why":"so"}';
const asked = { model, maxRetries: 0 };
const looped = { ...asked, tools, stopWhen: stepCountIs(3), prompt: call };

const say = (what, value) => console.log(JSON.stringify([what, value]));

const text = await generateText(looped);
say("generateText", [text.text, text.steps.length, text.finishReason]);

const stream = streamText(looped);
let pieces = "";
for await (const piece of stream.textStream) pieces += piece;
say("streamText", [pieces, (await stream.steps).length, await stream.finishReason]);

const object = await generateObject({ ...asked, schema, prompt: json });
say("generateObject", object.object);

const plain = await generateObject({ ...asked, model: modelByTools, schema, prompt: json });
say("generateObject without schemas", plain.object);

const objects = streamObject({ ...asked, schema, prompt: json });
for await (const _ of objects.partialObjectStream);
say("streamObject", await objects.object);

const both = await generateText({
  ...looped,
  prompt: call + "\n!next " + json.slice(1),
  output: Output.object({ schema }),
});
say("tools and an object", both.output);
