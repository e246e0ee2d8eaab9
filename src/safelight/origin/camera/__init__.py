"""Camera fingerprints: whether a picture was taken by the sensor that took some reference photographs (PRNU).

In: the luma of reference photographs and of one picture, decoded inside a worker; the fingerprints of the cameras that the unit enrolled. Out:
the peak-to-correlation energy of the picture against each of them, and a finding where it is too high for chance. It must never read a low
value as "taken by another camera" or as "generated", never say more than its measured false matches allow, and never keep a
photograph: a fingerprint is the noise that many have in common, with what they show averaged away.
"""
