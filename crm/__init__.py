"""The ground floor: people, and what happened to them. Knows nothing of campaigns, surveys or funnels."""
