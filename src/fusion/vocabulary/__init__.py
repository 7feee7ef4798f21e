"""The words: FollowTheMoney's schemata, codes, circumstances, topics, purposes, countries."""
