"""For people: drafts of suites, and pages on datasets. No stage depends on it."""
