// Anthropic's official JavaScript SDK against a daemon: node anthropic_js.mjs URL MODEL.
// Each thing it finds is printed as a line of JSON: [what, found].
import Anthropic from '@anthropic-ai/sdk';

const [url, model] = process.argv.slice(2);
const client = new Anthropic({ baseURL: `${url}/anthropic`, apiKey: 'unused', maxRetries: 0 });
const tell = (what, found) => console.log(JSON.stringify([what, found]));
const ask = (content, more = {}) => ({ model, max_tokens: 2000, messages: [{ role: 'user', content }], ...more });
const tools = [
    {
        name: 'get_weather',
        description: 'The weather of a city.',
        input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
];
const call = '!tool get_weather {"city":"Oslo"}';

const whole = await client.messages.create(ask('!say Hello there.'));
tell('create', [whole.content[0].text, whole.stop_reason, whole.usage.output_tokens > 0, Boolean(whole._request_id)]);

let pieces = '';
for await (const event of await client.messages.create(ask('!say one two three', { stream: true }))) {
    if (event.type === 'content_block_delta') pieces += event.delta.text;
}
tell('stream', pieces);

const streamed = await client.messages.stream(ask(`!say Well.\n${call}`, { tools })).finalMessage();
tell('streamed call', [streamed.content.map((block) => block.type), streamed.content[1].input, streamed.stop_reason]);

const result = { type: 'tool_result', tool_use_id: streamed.content[1].id, content: 'sun in Oslo' };
const messages = [
    { role: 'user', content: call },
    { role: 'assistant', content: streamed.content },
    { role: 'user', content: [result] },
];
tell('result', (await client.messages.create({ ...ask(''), messages, tools })).content[0].text);

const runner = client.beta.messages.toolRunner({
    ...ask(call),
    tools: [{ ...tools[0], run: async ({ city }) => `sun in ${city}`, parse: (input) => input }],
});
tell('tool runner', (await runner).content[0].text);

const refused = await client.messages.create(ask('!error 429')).catch((error) => error);
tell('error', [refused instanceof Anthropic.RateLimitError, refused.type, Boolean(refused.requestID)]);

tell('count', (await client.messages.countTokens({ model, messages })).input_tokens > 0);

const names = [];
for await (const each of client.models.list({ limit: 1 })) names.push(each.id);
tell('models', names.includes(model));
