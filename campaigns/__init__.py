"""What a business sends and shows: content, landing pages, mailings. Stands on crm; knows nothing of funnels."""
