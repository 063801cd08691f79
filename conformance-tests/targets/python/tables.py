"""The tables of the specification and its schema, read from the text itself, so that the program contains no copy."""
import os
import re
from functools import cache

# The checkout with docs/spec and proto.
ROOT = os.environ.get('REX_ROOT') or os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..')


@cache
def chapter(name):
    with open(os.path.join(ROOT, 'docs', 'spec', name + '.md'), encoding='utf-8') as file:
        return file.read()


def cells(line):
    return [cell.replace('\\|', '|').strip() for cell in re.split(r'(?<!\\)\|', line)[1:-1]]


def rows(text):
    """Returns the rows of the first table in a text, without the heading."""
    lines = [line for line in text.split('\n') if line.startswith('|')]
    return [cells(line) for line in lines[2:]]


def marked(name, mark):
    """Returns the part of a chapter between the marks of this name."""
    return chapter(name).split(f'<!-- {mark} -->')[1].split(f'<!-- /{mark} -->')[0]


def words(cell):
    """Returns the texts in backquotes in a table cell."""
    return re.findall(r'`([^`]*)`', cell)


@cache
def limit(name):
    return {words(row[0])[0]: int(row[1]) for row in rows(marked('errors', 'limits'))}[name]


@cache
def code_lists():
    """Returns for each code list whether a decision depends on its codes, and its codes."""
    head, *lists = chapter('codes').split('\n## ')
    deciding = {re.match(r'\[(.*?)\]', row[0])[1]: '**decides**' in row[2] for row in rows(head)}
    codes = {part.split('\n')[0]: {words(row[0])[0] for row in rows(part)} for part in lists}
    return {name: (deciding[name], codes[name]) for name in deciding}


@cache
def transitions():
    """Returns for each transition the roles that may make it, and the resulting state for each state."""
    head = cells(marked('thread', 'transitions').strip().split('\n')[0])
    return {
        row[0]: (row[1].split(', '), {state: after for state, after in zip(head[2:], row[2:]) if after})
        for row in rows(marked('thread', 'transitions'))
    }


@cache
def terminal_states():
    return {row[0] for row in rows(marked('thread', 'states')) if row[1] == 'yes'}


@cache
def schema():
    """Reads the schema files of rex.core.v1 and of the dialogue. Returns messages with their fields by number, and enumerations with their values by number."""
    text = ''
    for file in ('core/v1/envelope', 'core/v1/thread', 'core/v1/receipt', 'core/v1/referral', 'conformance/v1/codec', 'conformance/v1/conformance'):
        with open(os.path.join(ROOT, 'proto', 'rex', file + '.proto'), encoding='utf-8') as opened:
            text += re.sub(r'//.*', '', opened.read())
    enums = {
        name: {int(number) for number in re.findall(r'= (\d+);', body)} for name, body in re.findall(r'^enum (\w+) \{(.*?)^\}', text, re.M | re.S)
    }
    messages = {}
    for name, body in re.findall(r'^message (\w+) \{(.*?)^\}', text.replace('{}', '{\n}'), re.M | re.S):
        messages[name] = fields = {}
        arms = re.search(r'oneof \w+ \{(.*?)\}', body + '}', re.S)
        for found in re.finditer(r'(optional |repeated )?(\w+) (\w+) = (\d+);', body):
            inside = bool(arms) and arms.start() < found.start() < arms.end()
            label = 'oneof' if inside else (found[1] or '').strip()
            fields[int(found[4])] = (found[3], found[2], label)
    return messages, enums
