"""NCMEC CyberTipline: the XML of a report and of its files, as a package that a person completes, confirms and sends.

In: what the gate lets through. Out: a folder with `report.xml`, one XML of file details for each item, and a check list in plain words. It must
never send anything, never say that a picture is generated unless a person said so, and never say that somebody viewed a file
unless the exposure ledger does. What only a person can know stands as a placeholder that the service refuses.

Sources: the service's schema is not public; the order and the names are those of open clients (ncmec-cybertip 0.1.1, MIT; coop of ROOST, Apache-2.0;
Cybertipline-Tools, MIT). The service's own schema decides: check against it before sending.
"""
