"""Landing pages: drafts, published versions, the public page, its form, sharing by WhatsApp and the credit for friends.

`publishing` compiles a version; `public` serves strangers and known contacts; `submitting` turns a form into a contact;
`sharing` has codes, landings and credit. Calls content and crm; speaks with mailings by links and events only.
"""
