"""What mailings, pages and (later) survey pages are made of: documents of typed blocks, merge tags, focused content.

`blocks` has one class per type, made of `attributes`; `cleaning` lets nothing else in; `documents` has the verbs on a draft
(revision, undo, pairs). `merging` parses merge tags, `richtext` light marks; `rendering` draws both, `pieces` joins them,
`compiling` makes a page's or a mail's pieces; `answering` is a form as its reader meets it. `focus` names who sees what;
`links` is the registry of things a link may lead to. The rest is the editor, which serves every kind of document: `editing`
(its panes), `panels`, `saving`, `naming`, `previewing`, `views`. Calls crm only.
"""
