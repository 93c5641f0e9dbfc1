"""The ledger of followed lessons, from which all credited time is added up."""
