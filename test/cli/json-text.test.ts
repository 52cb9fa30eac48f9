import { expect } from 'chai';
import { JsonFault, parseJson } from '../../packages/cli/src/config/json-text.ts';

function fault(text: string): JsonFault {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof JsonFault) return error;
    throw error;
  }
  throw new Error(`no fault in ${text}`);
}

describe('JSON of a configuration', () => {
  it('is read as JSON.parse has it', () => {
    for (const text of [' {} ', '[]', '[1, -0.5e+3, true, false, null, "\\u00e9\\n\\"", {"a": {"a": []}}]', '"x"', '{"": 1, "a": "//"}']) {
      expect(parseJson(text).value, text).to.deep.equal(JSON.parse(text));
    }
  });

  it('says where each name of the outermost object stands', () => {
    expect([...parseJson('{"a": {"c": 1},\n "b": [{"d": 2}] }').names]).to.deep.equal([['a', 1], ['b', 17]]);
  });

  for (const text of ['{"sip_pass": hunter2}', '{"sip_pass": "x" hunter2}', '{"sip_pass": ["hunter2" hunter2]}', '{hunter2: 1}', '{"sip_pass": "x", "hunter2"}', '{} hunter2', "{\"sip_pass\": 'hunter2'}", '{"sip_pass": +hunter2}', '{"sip_pass": "hunter2}']) {
    it(`shows no word of ${text}, which may be a password`, () => {
      expect(fault(text).message).not.to.match(/hunter|\+/);
    });
  }

  for (const [what, text, at, message] of [
    ['a trailing comma in an object', '{"a": 1, }', 7, "a comma stands before '}': leave it out"],
    ['a trailing comma in a list', '{"a": [1,]}', 8, "a comma stands before ']': leave it out"],
    ['a comment of a line', '{ // x\n}', 2, 'JSON has no comments: leave it out, or write an .mjs file'],
    ['a comment anywhere', '{"a": /* x */ 1}', 6, 'JSON has no comments: leave it out, or write an .mjs file'],
    ['a byte order mark', '\ufeff{}', 0, 'the file begins with a byte order mark: save it as UTF-8 without one'],
    ['UTF-16', '\ufffd\ufffd{\0}\0', 0, 'the file is no UTF-8: save it as such'],
    ['a name twice', '{"a": 1, "b": 2, "a": 3}', 17, "the name 'a' is there twice in one object: leave one out"],
    ['a name twice, once escaped', '{"a": 1, "\\u0061": 3}', 9, "the name 'a' is there twice in one object: leave one out"],
    ['a name in single quotes', "{'a': 1}", 1, 'a name in double quotes must stand here, not a single quote'],
    ['a name without quotes', '{sip_events: 1}', 1, "a name in double quotes must stand here, not something without double quotes"],
    ['a text in single quotes', "{\"a\": 'x'}", 6, 'a text stands in double quotes, not in single ones'],
    ['a word', '{"a": yes}', 6, 'a value must stand here, not something without double quotes'],
    ['a number that is none', '{"a": 01}', 6, 'a value must stand here, not something without double quotes'],
    ['a value that is not there', '{"a": }', 6, "a value must stand here, not '}'"],
    ['a text without end', '{"a": "x\n}', 6, 'this text has no end on its line, or a character in it that must be escaped'],
    ['a missing comma', '{"a": 1 "b": 2}', 8, "a comma or a '}' is missing before '\"'"],
    ['a missing colon', '{"a" 1}', 5, "a colon must stand behind this name, not something without double quotes"],
    ['a missing end', '{"a": [1', 8, "the file ends before a ']'"],
    ['nothing', ' \n', 2, 'the file ends where a value must stand'],
    ['more behind the end', '{} {}', 3, "nothing can stand behind the end of the value, but here is '{'"],
    ['no end of brackets', '['.repeat(1_000_000), 101, 'more than 100 brackets are open'],
  ] as const) {
    it(`says of ${what} what it is and where`, () => {
      const { at: where, message: said } = fault(text);
      expect({ where, said }).to.deep.equal({ where: at, said: message });
    });
  }
});
