"""What mailings, pages and (later) survey pages are made of: documents of typed blocks, merge tags, focused content.

`blocks` has one class per type; `documents` the verbs on a draft (revision, undo); `merging` compiles merge tags to pieces;
`focus` asks the rules who sees what; the editor's views serve every kind of document. Calls crm only.
"""
